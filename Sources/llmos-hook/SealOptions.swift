import ArgumentParser
import Core
import Engine
import Platform

/// What every command takes that seals an entry.
struct SealOptions: ParsableArguments {
  @Flag(help: "Say yes to rules and signers that no owner's commit brought.") var acceptRules = false

  /// Looks whether rules wait for the owner before a command goes on. They are shown, file by file, and where there is a
  /// terminal the owner is asked.
  ///
  /// - Throws: `Refusal` (1) for a yes of anybody but the owner.
  func ask(_ engine: borrowing Engine, _ global: GlobalOptions) throws {
    guard let waiting = try engine.waitingRules() else { return }
    if !acceptRules {
      global.say("rules that no owner's commit brought are not in force:")
      for line in waiting.lines { global.say("  " + line) }
      guard Identity.current().actor == .owner else { return }
      guard System.isTerminal(0), System.isTerminal(2) else {
        return global.say("the sealed rules hold on; next: \(RulesChange.remedy)")
      }
      System.write("llmos-hook: put them in force? [y/N] ", to: 2)
      guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
        return global.say("the sealed rules hold on")
      }
    }
    var remarks: [String] = []
    defer { for remark in remarks { global.say(remark) } }
    try Engine().acceptRules(&remarks)
  }
}
