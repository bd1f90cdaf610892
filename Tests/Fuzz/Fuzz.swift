import Core
import Foundation
import Ledger
import Shell
import StateFile

/// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html), through `scripts/fuzz.sh`.
///
/// The first byte of an input names the parser, the rest is what it gets. Each gives a value or a refusal, and what
/// it reads it writes so that it reads the same again. A crash, a hang or a failed precondition ends the program
/// with the input kept.
@_cdecl("LLVMFuzzerTestOneInput")
public func parse(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let first = bytes.first else { return 0 }
  let input = Array(bytes.dropFirst())
  switch first {
  case UInt8(ascii: "0"): state(input)
  case UInt8(ascii: "1"): scenario(input)
  case UInt8(ascii: "2"): reads { () throws(Refusal) in try ConfigurationFile.decode(input) }
  case UInt8(ascii: "3"): gateRecord(String(decoding: input, as: UTF8.self))
  case UInt8(ascii: "4"): note(input)
  case UInt8(ascii: "5"): moves(input)
  case UInt8(ascii: "6"): journal(String(decoding: input, as: UTF8.self))
  case UInt8(ascii: "7"): shell(String(decoding: input, as: UTF8.self))
  case UInt8(ascii: "8"): event(input)
  case UInt8(ascii: "9"): settings(input)
  default: return -1  // not kept: no parser
  }
  return 0
}

/// The value, or nil for a refusal as it has to be: the file's content is wrong, in so many words.
@discardableResult
private func reads<Value>(_ body: () throws(Refusal) -> Value) -> Value? {
  do {
    return try body()
  } catch {
    precondition(error.code == .data && !error.what.isEmpty && !error.what.contains("\n"), error.what)
    return nil
  }
}

private func state(_ input: [UInt8]) {
  let read = { (bytes: [UInt8]) in
    reads { () throws(Refusal) in try StateFile.decode(bytes, catalog: .canonical) }
  }
  guard let value = read(input) else { return }
  let written = StateFile.encode(value, catalog: .canonical)
  // A file near the limit may be over it with the quotes that are added; the engine refuses to seal that.
  guard written.count <= StatePath.limit else { return }
  guard let again = read(written) else { preconditionFailure("what was written is refused") }
  precondition(StateFile.encode(again, catalog: .canonical) == written, "written otherwise")
  precondition(value.transitions.count > State.keptTransitions || again == value, "reads otherwise")
}

private func scenario(_ input: [UInt8]) {
  let read = { (bytes: [UInt8]) in
    reads { () throws(Refusal) in
      try ScenarioFile.decode(bytes, path: "scenarios/MAINTENANCE.yml", base: .canonical)
    }
  }
  guard let value = read(input) else { return }
  let again = read(Array(ScenarioFile.encode(value).utf8))
  precondition(again.map(ScenarioFile.encode) == ScenarioFile.encode(value), "reads otherwise")
}

private func gateRecord(_ text: String) {
  guard let value = GateRecord(text: text) else { return }
  precondition(GateRecord(text: value.text) == value, "reads otherwise")
}

/// A line of the notes: read as the engine reads it; any text stands in one and comes out the same.
private func note(_ input: [UInt8]) {
  struct Record: Decodable { let at: String, entry: String, kind: String? }
  _ = try? JSONDecoder().decode(Record.self, from: Data(input))
  let text = String(decoding: input, as: UTF8.self)
  let line = JSON.array([.string(text)]).text
  precondition(!line.utf8.contains { $0 < 0x20 }, "more than one line")
  let again = try? JSONDecoder().decode([String].self, from: Data(line.utf8))
  precondition(again?.first.map { Array($0.utf8) } == Array(text.utf8), "reads otherwise")
}

private func moves(_ input: [UInt8]) {
  for move in ReferenceMove.all(in: input) {
    _ = (move.kind, move.matters, move.isCode, move.isDeletion)
    let line = "\(move.old) \(move.new) \(move.name)"
    precondition(ReferenceMove.all(in: Array(line.utf8)) == [move], "reads otherwise")
  }
}

/// A command line: what is found does not depend on what was found before, and ends.
private func shell(_ text: String) {
  let world = ShellWorld(
    directory: "/w/repo", environment: { $0 == "HOME" ? "/h" : nil }, root: { _ in "/w/repo" })
  let line = ShellLine(text, in: world)
  precondition(line.invocations.count < 20_000, "more commands than are followed")
  for invocation in line.invocations {
    _ = (invocation.program, invocation.setVariables)
    for word in invocation.words + invocation.outputs {
      precondition(!word.isKnown || word.knownTail == word.text, "known and not")
    }
    _ = GitLine(arguments: invocation.arguments)
  }
  precondition(ShellLine(text, in: world).invocations == line.invocations, "reads otherwise")
}

private func journal(_ text: String) {
  guard let value = RollbackJournal(text: text) else { return }
  precondition(RollbackJournal(text: value.text) == value, "reads otherwise")
}

/// Whatever a harness sends, the answer is in its form.
private func event(_ input: [UInt8]) {
  for harness in Harness.allCases {
    let event = HarnessEvent(input, from: harness)
    for answer in [HarnessAnswer.nothing, .context("c"), .goOn("g"), .refused(Refusal(.refused, "no"))] {
      let text = answer.text(for: event)
      precondition(text.isEmpty || JSON(reading: text.dropLast().utf8) != nil, "no JSON")
    }
  }
}

/// What was in a settings file is in it after ours came and went.
private func settings(_ input: [UInt8]) {
  for harness in Harness.allCases {
    var made: Set<String> = []
    let settings = HarnessSettings(harness)
    guard let there = try? settings.added(to: input, made: &made) else { continue }
    precondition((try? settings.missing(in: there)) == [], "not added")
    precondition((try? settings.added(to: there, made: &made)) == there, "added twice")
    guard let before = JSONText(input)?.value(at: []),
      (try? settings.missing(in: input))?.count == settings.entries.count
    else { continue }
    guard let rest = try? settings.removed(from: there, made: made) else { continue }
    precondition(JSONText(rest)?.value(at: []) == before, "not as it was")
  }
}
