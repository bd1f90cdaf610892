import CPlatform
import Core
import Glibc

/// The process itself: its environment, clock, signals and end. Foundation stays out of a hook's way: starting
/// it costs more than the whole decision.
public enum System {
  /// The value of an environment variable.
  public static func environment(_ name: String) -> String? {
    getenv(name).map { String(rawCString: $0) }
  }

  /// Sets a variable for the programs that we start.
  public static func setEnvironment(_ name: String, to value: String) {
    _ = value.withRawCString { setenv(name, $0, 1) }
  }

  /// The whole environment.
  public static var environment: [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(rawCString: entry)
      if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        result[String(text[..<equals])] = String(text[text.utf8.index(after: equals)...])
      }
      next = next.advanced(by: 1)
    }
    return result
  }

  /// The words of the command line, the first of them the program's name.
  public static var commandLine: [String] {
    var words: [String] = []
    var next = llmos_arguments()
    while let word = next?.pointee {
      words.append(String(rawCString: word))
      next = next?.advanced(by: 1)
    }
    return words
  }

  /// A word of the command line as the system has it; nil where there is none.
  public static func word(_ index: Int) -> UnsafeRawBufferPointer? {
    var next = llmos_arguments()
    for _ in 0..<index where next?.pointee != nil { next = next?.advanced(by: 1) }
    return next?.pointee.map { UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
  }

  /// Whoever starts a program names it first (execve(2)). Where nobody did, no command is known, and none may seem to be
  /// done.
  public static var noArguments: Refusal {
    Refusal(
      .usage, "was started without a name",
      why: "the first word of a command line is the program's name (execve(2))",
      remedy: "llmos-hook --help")
  }

  /// Seconds since 1970.
  public static var now: Int64 { Int64(time(nil)) }

  /// Milliseconds of a clock that nobody sets (clock_gettime(2)). (`ContinuousClock` brings the concurrency
  /// runtime into the static executable: 0.7 MB, and 3 % of every hook's time.)
  public static var monotonicMilliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Waits.
  public static func sleep(microseconds: UInt32) { usleep(microseconds) }

  /// This process's number.
  public static var processID: Int32 { getpid() }

  /// The words of the command line that started us; none where the system does not tell (proc(5)).
  public static var callersCommandLine: [String] {
    let bytes = OpenFile("/proc/\(getppid())/cmdline")?.read(at: 0, count: 4096) ?? []
    return bytes.split(separator: 0).map { String(raw: $0) }
  }

  /// The process that started us: its number and when it began, so that no other process of the same number is taken
  /// for it (proc(5), `stat`). Nil where the system does not tell.
  public static var callerIdentity: String? {
    let id = getppid()
    let bytes = OpenFile("/proc/\(id)/stat")?.read(at: 0, count: 1024) ?? []
    // The program's name, in parentheses, can have anything in it.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19 else { return nil }
    return "\(id) " + String(decoding: fields[19], as: UTF8.self)
  }

  /// A process as the system shows it (proc(5)).
  public struct RunningProcess: Sendable {
    /// Its number.
    public let id: Int32
    /// What the kernel calls it: the program's or script's name, at most 15 bytes, or what it gave itself.
    public let name: String
    /// Its command line.
    public let words: [String]
    /// Its variables as it began.
    public let environment: [String: String]
    /// Whether it reads from a terminal.
    public let isOnTerminal: Bool
  }

  /// The other processes of this user that work in a directory or below it; none where the system does not tell.
  public static func processes(workingIn directory: String) -> [RunningProcess] {
    let below = directory + "/"
    return Files.names(in: "/proc").compactMap { name in
      guard let id = Int32(name), id != processID, let place = Files.target(ofLink: "/proc/\(name)/cwd"),
        (place + "/").hasPrefix(below),
        let bytes = OpenFile("/proc/\(name)/environ")?.read(at: 0, count: 1 << 20)
      else { return nil }
      let line = OpenFile("/proc/\(name)/cmdline")?.read(at: 0, count: 4096) ?? []
      let input = Files.target(ofLink: "/proc/\(name)/fd/0") ?? ""
      var variables: [String: String] = [:]
      for word in bytes.split(separator: 0) {
        let parts = word.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { continue }
        variables[String(decoding: parts[0], as: UTF8.self)] = String(decoding: parts[1], as: UTF8.self)
      }
      let comm = OpenFile("/proc/\(name)/comm")?.read(at: 0, count: 64) ?? []
      return RunningProcess(
        id: id, name: String(raw: comm.prefix { $0 != UInt8(ascii: "\n") }),
        words: line.split(separator: 0).map { String(raw: $0) }, environment: variables,
        isOnTerminal: input.hasPrefix("/dev/pts/") || input.hasPrefix("/dev/tty"))
    }
  }

  /// The current directory; nil when it is gone.
  public static var directory: String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(rawCString: path)
  }

  /// Changes the current directory.
  ///
  /// - Returns: false where there is none.
  public static func changeDirectory(to path: String) -> Bool {
    path.withRawCString { chdir($0) } == 0
  }

  /// What the system said of the last call that failed, in its words (strerror(3)).
  public static var reason: String { String(cString: strerror(errno)) }

  /// Whether the last call failed because something of that name is there (`EEXIST`).
  public static var failedAsExisting: Bool { errno == EEXIST }

  /// Ends the process.
  public static func exit(_ code: ExitCode) -> Never { Glibc.exit(code.rawValue) }

  /// Ends the process with a code as the system has it.
  public static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}

// MARK: Standard input, output and error

extension System {
  /// Writes text to a file descriptor, all of it; what a closed pipe refuses is dropped.
  public static func write(_ text: String, to descriptor: Int32) {
    write(text.rawBytes[...], to: descriptor)
  }

  /// The line of `Progress`, which nothing has to go before.
  static func write(_ text: String, to descriptor: Int32, over _: Bool) {
    _ = Array(text.utf8).withUnsafeBytes { Files.writeAll($0, to: descriptor) }
  }

  /// Writes bytes to a file descriptor, as `write` writes text.
  public static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    Progress.erase()
    guard !bytes.withUnsafeBytes({ Files.writeAll($0, to: descriptor) }), descriptor == 1 else { return }
    // A result that nobody got is no success.
    write("llmos-hook: cannot write to stdout: \(reason)\n", to: 2)
    exit(.io)
  }

  /// Whether a descriptor is a terminal (isatty(3)).
  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Whether a descriptor is a terminal that can move its cursor and show colours.
  public static func isCapableTerminal(_ descriptor: Int32) -> Bool {
    isTerminal(descriptor) && environment("TERM") != "dumb"
  }

  /// How many processors there are.
  public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Reads what comes on stdin, as far as there is room.
  ///
  /// - Returns: how many bytes came, and whether they are all: not where something failed, which `input` tells.
  public static func readInput(into room: UnsafeMutableRawBufferPointer) -> (count: Int, isAll: Bool) {
    var count = 0
    while count < room.count {
      let more = Glibc.read(0, room.baseAddress?.advanced(by: count), room.count - count)
      if more < 0 && errno == EINTR { continue }
      guard more > 0 else { return (count, more == 0) }
      count += more
    }
    return (count, false)
  }

  /// All that comes on stdin, up to a limit.
  ///
  /// - Parameter read: what was read of it before.
  /// - Throws: `Refusal` (74): what was not read is not decided.
  public static func input(after read: [UInt8] = [], limit: Int = .max) throws(Refusal) -> [UInt8] {
    var bytes = read
    // Memory that is not written to costs nothing.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    defer { room.deallocate() }
    while bytes.count < limit {
      let count = Glibc.read(0, room.baseAddress, room.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw Refusal(.io, "cannot read what git says on stdin: \(reason)")
      }
      if count == 0 { return bytes }
      bytes += room[..<count]
    }
    return bytes
  }
}
