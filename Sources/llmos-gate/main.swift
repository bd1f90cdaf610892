import Gate
import Scenario

// The small executable that is hard-linked as each of git's hooks, decides by the sealed record alone and
// is also the merge driver of the state file.
let words = CommandLine.arguments
guard !words.isEmpty else {
  let refusal = System.noArguments
  System.write(
    "llmos-hook: \(refusal.what)\n  \(refusal.why ?? "")\n  next: \(refusal.remedy ?? "")\n", to: 2)
  System.exit(refusal.code)
}
if words.count == 3, words[1] == "merge-state" { System.exit(MergeState.run(words[2])) }
guard let call = HookCall(commandLine: words) else {
  System.write("llmos-hook: llmos-gate runs as a git hook: llmos-gate hook NAME [ARG]...\n", to: 2)
  System.exit(ExitCode.usage)
}
System.exit(call.run(nil))
