import Core
import Hook
import Platform

// The small program that each of git's hooks executes under the hook's own name (docs/adr/0002-hook-files.md).
// It decides by the sealed record alone, and is also the merge driver of the state file.
// Most calls are about references that concern nobody, and end here.
var read: [UInt8] = []
if QuietTransaction.endsCall(&read) { System.exit(.done) }
let words = System.commandLine
guard !words.isEmpty else {
  System.write(System.noArguments.lines, to: 2)
  System.exit(System.noArguments.code)
}
if words.count == 3, words[1] == "merge-state" { System.exit(MergeState.run(words[2])) }
guard let hook = CalledHook(commandLine: words) else {
  System.write("llmos-hook: llmos-gate runs as a git hook: llmos-gate hook NAME [ARG]...\n", to: 2)
  System.exit(ExitCode.usage)
}
System.exit(HookCall(hook, read: read).run())
