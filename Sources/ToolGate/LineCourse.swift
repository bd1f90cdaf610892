import Shell

/// What a command line has done before the command at hand.
struct LineCourse {
  /// What it loses that was never committed.
  var losses: [Loss] = []
  /// Whether it has put work into a stash, which is not there yet when the line is judged.
  var hasStashed = false
  /// The branch that it has checked out, in short; nil while it is the one from before.
  private(set) var branch: String?
  private var previous: String?

  /// A course at the beginning of a line.
  init() {}

  /// Notes which branch is checked out behind a command of git.
  mutating func follow(_ line: GitLine, from before: String?) {
    let plain = line.texts.filter { !$0.hasPrefix("-") }
    let made = line.options.firstIndex { option in
      ["-b", "-B", "-c", "-C", "--create", "--force-create", "--orphan"].contains { option.hasPrefix($0) }
    }
    switch line.subcommand {
    case "checkout", "switch":
      if line.texts.contains("--") || line.has("--detach", "-d") { return }
      if made != nil {
        if let name = plain.first { move(to: name, before) }
      } else if line.texts.contains("-") {
        if let previous { move(to: previous, before) }
      } else if plain.count == 1, let name = plain.first {
        // `checkout -t origin/NAME` makes NAME.
        let isTracking = line.has("--track", "-t")
        move(to: isTracking ? name.split(separator: "/").last.map(String.init) ?? name : name, before)
      }
    case "branch":
      guard line.has("-m", "-M", "--move"), let name = plain.last else { return }
      if plain.count == 1 || plain.first == branch ?? before { move(to: name, before) }
    default: break
    }
  }

  private mutating func move(to name: String, _ before: String?) {
    previous = branch ?? before
    branch = name
  }
}
