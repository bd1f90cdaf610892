import Core
import Engine
import Git
import Hook
import Ledger
import Pages
import Platform
import StateFile
import ToolGate
import Verify

// Hooks first, before anything of ArgumentParser, Foundation or libyaml is touched; then what agents' harnesses ask before
// every tool, and `status`, which prompts call; then every other command.
let words = System.commandLine
// Who started us may ignore it, and exec hands that on: the system then forgets how children end (waitpid(2)).
Interrupts.restoreChildSignal()
guard !words.isEmpty else { Report.exit(System.noArguments) }
if words.count == 3, words[1] == "merge-state" { System.exit(MergeState.run(words[2])) }
do {
  let line = try GlobalOptions.leading(Array(words.dropFirst()))
  if let hook = CalledHook(commandLine: words.prefix(1) + line) {
    System.exit(HookCall(hook, reader: RulesFiles(), judge: Receive(), prover: ProvedWork()).run())
  }
  if let harness = AgentHookCommand.harness(of: line) {
    AgentHookCommand.answer(harness)
    System.exit(.done)
  }
  if line == ["status", "--line"] {
    try StatusLine.print()
    System.exit(.done)
  }
  if let options = StatusReport.options(of: line) {
    try StatusReport.print(options)
    System.exit(.done)
  }
  if !line.contains("--quiet"), System.isCapableTerminal(2) { Progress.begin() }
  if let options = VerifyReport.options(of: line) { System.exit(try VerifyReport.print(options)) }
  if let script = ScriptCompletions.script(for: line) {
    System.write(script, to: 1)
    System.exit(.done)
  }
  CommandLineTool.run(line)
} catch {
  Report.exit(error)
}
