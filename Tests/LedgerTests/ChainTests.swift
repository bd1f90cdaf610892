import Core
import Foundation
import Git
import Ledger
import Platform
import Testing

/// The walk along a ledger, in a repository of objects alone: what no branch has is enough for it.
@Suite final class ChainTests {
  private let directory = NSTemporaryDirectory() + "llmos chaîn " + UUID().uuidString

  init() throws {
    try #require(Child.output(of: ["git", "init", "-q", "--bare", directory]) != nil)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private func open() throws -> Repository {
    try Repository(discovering: directory, gitDir: directory, isTrusted: true)
  }

  @Test(arguments: [
    ("0123456789abcdef/main", true), ("0123456789abcdef/a b", true), ("main/x", false), ("main", false),
    ("0123456789abcdef", false), ("0123456789abcdef/", false), ("0123456789abcdef/a/b", false),
    ("0123456789ABCDEF/main", false), ("0123456789abcde/main", false), ("0123456789abcdef0/main", false),
    ("/main", false), ("", false),
  ])
  func theNameOfAClonesLedger(name: String, isOne: Bool) {
    #expect(Ledger.isOfClone(name) == isOne)
  }

  /// What an entry is made of; by default a sound one.
  private struct Made {
    var sequence: Int
    var gateSequence: Int?
    var scenarios: String?
    var place = Place("FEATURE_DEVELOPMENT", "QA")
    var state = "state"
    var entryFile: String?
    var hasEntryFile = true
    var hasAudit = false
    var worktree: String? = "clone/main"
  }

  private func write(
    _ made: Made, _ parents: [ObjectID], _ repository: borrowing Repository
  ) throws -> ObjectID {
    let rules = RulesVersion(scenarios: made.scenarios)
    let said = Entry(
      sequence: made.sequence, kind: .transition, seconds: 1_766_855_932, identity: Identity(actor: .owner),
      place: made.place, trigger: "set", rules: rules, worktree: made.worktree)
    let gate = """
      llmos-gate 1
      seq \(made.gateSequence ?? made.sequence)
      scenario \(made.place.scenario)
      phase \(made.place.phase)
      status IN_PROGRESS
      role DEV
      through step
      frozen no
      read-only no
      ahead no
      \(made.scenarios.map { "scenarios " + $0 } ?? "action run_tests")

      """
    var names = [
      TreeEntry(name: StatePath.name, id: try repository.write(blob: Array(made.state.utf8))),
      TreeEntry(name: Ledger.recordName, id: try repository.write(blob: Array(gate.utf8))),
    ]
    if made.hasEntryFile {
      let text = made.entryFile ?? said.json.text + "\n"
      names.append(TreeEntry(name: Ledger.entryName, id: try repository.write(blob: Array(text.utf8))))
    }
    if made.hasAudit {
      let audited = try repository.write(tree: [])
      names.append(TreeEntry(name: Ledger.auditedName, id: audited, mode: 0o040000))
    }
    let signature = Signature(name: "x", email: "x", time: Int64(made.sequence))
    return try repository.write(
      commitOf: repository.write(tree: names), parents: parents, author: signature, committer: signature,
      message: "entry\n")
  }

  /// A commit of code, which no walk may enter.
  private func code(_ repository: borrowing Repository) throws -> ObjectID {
    let signature = Signature(name: "x", email: "x", time: 0)
    return try repository.write(
      commitOf: repository.write(tree: []), parents: [], author: signature, committer: signature,
      message: "code\n")
  }

  /// Entries one behind the other, oldest first.
  private func chain(_ made: [Made], _ repository: borrowing Repository) throws -> [ObjectID] {
    var ids: [ObjectID] = []
    for one in made {
      ids.append(try write(one, [ids.last, try code(repository)].compactMap { $0 }, repository))
    }
    return ids
  }

  private let reference = Ledger.reference(linkedWorktree: nil)

  @Test func aChainIsReadBackToItsFirstEntryAndNoFurther() throws {
    let repository = try open()
    let ids = try chain((1...4).map { Made(sequence: $0) }, repository)
    var read: [ObjectID] = []
    let unreadable = try repository.readLedger(from: ids[3]) { id, said in
      #expect(said.sequence == 4 - read.count)
      read.append(id)
      return true
    }
    #expect(unreadable == nil)
    #expect(read == ids.reversed())
    // Told to stop, it reads no further.
    read = []
    _ = try repository.readLedger(from: ids[3]) { id, _ in
      read.append(id)
      return read.count < 2
    }
    #expect(read == [ids[3], ids[2]])
  }

  @Test func anEntrysParentsAreToldByItsNumber() throws {
    let repository = try open()
    let head = try code(repository)
    let first = try write(Made(sequence: 1), [head], repository)
    let unborn = try write(Made(sequence: 2), [first], repository)
    let whole = try write(Made(sequence: 3), [unborn, head], repository)
    let alone = try write(Made(sequence: 1), [], repository)
    let seals = try [first, unborn, whole, alone].map { try repository.seal(at: $0, under: reference) }
    #expect(seals.map(\.previous) == [nil, first, unborn, nil])
    #expect(seals.map(\.head) == [head, nil, head, nil])
  }

  @Test(arguments: [
    Made(sequence: 2, hasEntryFile: false), Made(sequence: 2, entryFile: ""),
    Made(sequence: 2, entryFile: "{\"seq\":2}"), Made(sequence: 2, entryFile: "not JSON"),
  ])
  private func anEntryThatCannotBeReadEndsTheWalkAndIsNamed(made: Made) throws {
    let repository = try open()
    let ids = try chain([Made(sequence: 1), made, Made(sequence: 3)], repository)
    var read: [ObjectID] = []
    let unreadable = try repository.readLedger(from: ids[2]) { id, _ in
      read.append(id)
      return true
    }
    #expect(unreadable == ids[1])
    #expect(read == [ids[2]])
  }

  /// The gate's reader names what is wrong, in so many words.
  @Test func whatIsNoEntryIsDamage() throws {
    let repository = try open()
    let head = try code(repository)
    let blob = try repository.write(blob: [0x78])
    let fact = { (id: ObjectID, repository: borrowing Repository) -> String in
      do {
        _ = try repository.seal(at: id, under: "refs/llmos/ledger/main")
        return ""
      } catch {
        return Refusal(error).what
      }
    }
    #expect(fact(head, repository).hasSuffix("is damaged: the commit is not a ledger entry"))
    #expect(fact(blob, repository).contains("is damaged: no commit can be read there"))
    #expect(fact(.null, repository).contains("is damaged: no commit can be read there"))
    let bad = try write(Made(sequence: 1, gateSequence: 0), [], repository)
    #expect(fact(bad, repository).hasSuffix("is damaged: its record is not of our form"))
  }

  @Test func whetherAnEntryIsBeforeAnother() throws {
    let repository = try open()
    let ids = try chain((1...4).map { Made(sequence: $0) }, repository)
    let other = try chain([Made(sequence: 1, state: "other")], repository)[0]
    let head = try code(repository)
    for (index, id) in ids.enumerated() {
      let seal = try repository.seal(at: id, under: reference)
      for (earlier, candidate) in ids.enumerated() {
        #expect(try repository.entry(candidate, isBefore: seal) == (earlier < index))
      }
      #expect(try !repository.entry(other, isBefore: seal))
      // The first entry's only parent is code, and no entry of the ledger.
      #expect(try !repository.entry(head, isBefore: seal))
    }
  }

  @Test func whetherABlobWasSealedBefore() throws {
    let repository = try open()
    let ids = try chain(["a", "b", "c"].enumerated().map { Made(sequence: $0 + 1, state: $1) }, repository)
    let seal = try repository.seal(at: ids[2], under: reference)
    let blob = { (text: String) in try Repository.blobID(of: Array(text.utf8)) }
    #expect(try repository.sealed(blob("a"), before: seal))
    #expect(try repository.sealed(blob("b"), before: seal))
    #expect(try !repository.sealed(blob("c"), before: seal))
    #expect(try !repository.sealed(blob("never"), before: seal))
    #expect(try !repository.sealed(blob("a"), before: repository.seal(at: ids[0], under: reference)))
  }

  @Test func whetherRulesWereReplaced() throws {
    let repository = try open()
    let (one, two) = (String(repeating: "1", count: 40), String(repeating: "2", count: 40))
    let made = [nil, one, two].enumerated().map { Made(sequence: $0 + 1, scenarios: $1) }
    let seal = try repository.seal(at: chain(made, repository)[2], under: reference)
    #expect(try repository.hasSuperseded(RulesVersion(), before: seal))
    #expect(try repository.hasSuperseded(RulesVersion(scenarios: one), before: seal))
    #expect(try !repository.hasSuperseded(RulesVersion(scenarios: two), before: seal))
    #expect(try !repository.hasSuperseded(RulesVersion(configuration: one), before: seal))
  }

  /// The tree is that of the entry which began this quality gate, not of an earlier one.
  @Test func theTreeOfAnAudit() throws {
    let repository = try open()
    let (audit, verdict) = (Place("QUALITY_GATE", "AUDIT"), Place("QUALITY_GATE", "VERDICT"))
    let ids = try chain(
      [
        Made(sequence: 1, place: audit, hasAudit: true), Made(sequence: 2),
        Made(sequence: 3, place: audit), Made(sequence: 4, place: audit, hasAudit: true),
        Made(sequence: 5, place: verdict),
      ], repository)
    let tree = { (index: Int, repository: borrowing Repository) in
      try repository.auditedTree(until: repository.seal(at: ids[index], under: "refs/llmos/ledger/main"))
    }
    let empty = try repository.write(tree: [])
    #expect(try tree(4, repository) == empty)
    #expect(try tree(3, repository) == empty)
    #expect(try tree(2, repository) == nil)
    #expect(try tree(1, repository) == nil)
    #expect(try tree(0, repository) == empty)
  }
}
