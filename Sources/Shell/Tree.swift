/// A command as it was read: what runs inside what, with nothing expanded.
indirect enum Command {
  case simple(SimpleCommand)
  /// Each in a shell of its own, the output of one being the input of the next.
  case pipeline([Command])
  /// One after the other, in one shell.
  case list([Command])
  /// `A && B || C`: each runs by how the one before ends.
  case chain(Command, [ChainLink])
  /// `! A`.
  case negated(Command)
  /// `if` with its `elif`, and what stands behind `else`.
  case conditional([ConditionalBranch], otherwise: [Command])
  /// `while` and `until`.
  case repetition([Command], isUntil: Bool, body: [Command])
  /// `case`: the subject and the patterns run what they substitute, and one of the branches runs, or none.
  case selection(subject: WordTree, [SelectionBranch])
  /// In a shell of its own: what it changes ends with it.
  case subshell([Command])
  /// `for NAME in WORDS`; without words the positional parameters.
  case loop(String, [WordTree]?, body: [Command])
  case function(String, body: Command)
  case redirected(Command, [Redirection])
}

/// `&& B` or `|| B`.
struct ChainLink {
  var isAnd: Bool
  var command: Command
}

/// `if CONDITION; then BODY`.
struct ConditionalBranch {
  var condition: [Command]
  var body: [Command]
}

/// `PATTERN | PATTERN) BODY`.
struct SelectionBranch {
  var patterns: [WordTree]
  var body: [Command]
}

/// Assignments, words and redirections.
struct SimpleCommand {
  var assignments: [Assignment] = []
  var words: [WordTree] = []
  var redirections: [Redirection] = []

  var isEmpty: Bool { assignments.isEmpty && words.isEmpty && redirections.isEmpty }
}

/// `NAME=value`; of an array all elements.
struct Assignment {
  var name: String
  var values: [WordTree]
  var appends = false
  /// `NAME=(…)`.
  var isArray = false
}

/// A word in its parts.
struct WordTree {
  var parts: [WordPart] = []
}

/// A part of a word.
indirect enum WordPart {
  case text(String, isQuoted: Bool)
  case parameter(Parameter, isQuoted: Bool)
  /// `$(…)` and backquotes.
  case substitution([Command], isQuoted: Bool)
  /// `<(…)` and `>(…)`.
  case process([Command])
  /// What stands in `$((…))`: its value is unknown, but commands may run in it.
  case arithmetic([WordPart])
  /// `~` or `~user` at the beginning of a word.
  case tilde(String)
  /// A pattern of bash's extglob: matches what it likes.
  case pattern
}

/// `$NAME` or `${NAME operator argument}`.
struct Parameter {
  var name: String
  /// What stands in `[…]` behind the name.
  var subscripted: [WordPart]?
  /// `:-`, `%`, `/` and the like, `:` of a part; `#` before the name is `length`.
  var operation = ""
  var argument: [WordPart] = []
}

/// `>file`, `<<END` and the like.
struct Redirection {
  enum Kind {
    case input, output, document, string
    /// `2>&1`: no file.
    case duplicate
  }

  var kind: Kind
  var descriptor: Int?
  var target = WordTree()
  var document: HereDocument?
}

/// A here-document, whose text is read at the end of the line that announces it.
final class HereDocument {
  let end: [UInt8]
  let isQuoted: Bool
  let strips: Bool
  var parts: [WordPart] = []

  init(end: [UInt8], isQuoted: Bool, strips: Bool) {
    self.end = end
    self.isQuoted = isQuoted
    self.strips = strips
  }
}

/// Why a command line cannot be read.
struct Unreadable: Error {
  let why: String
}
