/// Exit codes, after sysexits(3). Every one but `done` blocks a commit.
public enum ExitCode: Int32, Sendable {
  case done = 0
  /// Refused by the gate or by a check.
  case refused = 1
  /// `run` waits for a role.
  case waiting = 3
  case usage = 64
  /// A file's or an object's content is wrong.
  case data = 65
  /// No repository, or no state sealed in it.
  case noInput = 66
  /// A program that is needed is missing.
  case unavailable = 69
  /// A fault of ours.
  case software = 70
  case cannotCreate = 73
  /// Cannot read or write.
  case io = 74
  /// Somebody else holds the lock.
  case tryAgain = 75
  case interrupted = 130

  /// What can be done about it where nothing better is known.
  var remedy: String {
    switch self {
    case .done, .refused, .waiting: "llmos-hook status"
    case .usage: "llmos-hook --help"
    case .data: "mend it, then run the same command again; llmos-hook doctor says what is whole"
    case .noInput: "change to a repository that has llmos-hook, or llmos-hook install"
    case .unavailable: "install it, or put it on PATH"
    case .software: "report this, with the output of llmos-hook doctor"
    case .cannotCreate, .io: "mend that, then run the same command again"
    case .tryAgain, .interrupted: "run the same command again"
    }
  }
}

/// Why something does not happen: the one error that reaches people. Three lines at most.
public struct Refusal: Error, Hashable, Sendable {
  /// What the process ends with.
  public var code: ExitCode
  /// What was refused and the fact behind it, in one line.
  public var what: String
  /// More of the fact; nil when the first line says it all.
  public var why: String?
  /// The next legal command, or what to do; nil where the code says it.
  public var remedy: String?

  /// A refusal of these lines.
  public init(_ code: ExitCode = .refused, _ what: String, why: String? = nil, remedy: String? = nil) {
    self.code = code
    self.what = what
    self.why = why
    self.remedy = remedy
  }

  /// The next legal command, or what to do.
  public var next: String { remedy ?? code.remedy }

  /// The lines for a terminal, each ended by a newline.
  public var lines: String {
    var text = "llmos-hook: " + what.onItsLines + "\n"
    if let why { text += "  " + why.onItsLines + "\n" }
    return text + "  next: " + next.onItsLines + "\n"
  }
}
