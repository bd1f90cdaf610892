import Core
import Git
import Platform

extension CalledHook {
  /// Goes on as `llmos-hook`, which reads YAML and judges pushes.
  ///
  /// - Parameters:
  ///   - task: what it is needed for.
  ///   - environment: what changes besides: a value, or nil for what is left out.
  ///   - input: what was read on stdin, for `llmos-hook` to read again; nil when nothing was.
  /// - Returns: why it cannot; it returns only when `llmos-hook` is not to be found.
  /// - Throws: `Refusal` (74) when the input cannot be handed on.
  func becomeLlmosHook(
    to task: String, input: [UInt8]? = nil, environment: [String: String?] = [:],
    _ repository: borrowing Repository
  ) throws(Refusal) -> Refusal {
    if let input { try Child.provideInput(input) }
    for program in [repository.commonDirectory + Layout.program.path, "llmos-hook"] {
      become(program, environment)
    }
    return Refusal(
      .unavailable, "refused: llmos-hook is missing, and is needed to \(task)",
      remedy: "put llmos-hook on PATH, or install it again")
  }

  /// The same before anything was looked at, where it lies beside this program. Returns where it does not.
  func becomeLlmosHookBeside() {
    guard let own = Program.own, let end = own.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
    become(own[...end] + "llmos-hook", [:])
  }

  private func become(_ program: String, _ environment: [String: String?]) {
    var environment = environment
    if let file { environment[Self.fileVariable] = file }
    Child.become([program, "hook", name] + arguments, environment: environment)
  }
}
