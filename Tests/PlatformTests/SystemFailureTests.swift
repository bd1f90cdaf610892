import Foundation
import Testing

@testable import Platform

/// Each failure of the system has the remedy that helps against it.
@Suite struct SystemFailureTests {
  @Test(arguments: [
    (EPERM, "lsattr -d \"/\""), (EROFS, "mount \"/\" writable"), (ENOSPC, "df -h \"/\"; df -i \"/\""),
    (EDQUOT, "quota -s"), (ENOLCK, "mount \"/\" with locks"),
    (EMFILE, "ulimit -n"), (ENFILE, "end programs"), (EFBIG, "ulimit -f"), (ENOMEM, "ulimit -v"),
  ])
  func isToldWithItsRemedy(number: Int32, words: String) throws {
    let failure = SystemFailure(number: number)
    #expect(failure.words == String(cString: strerror(number)))
    #expect(failure.remedy(at: "/not-there/at/all")?.contains(words) == true)
    // Of somebody else's message the place is not known.
    let named = try #require(SystemFailure(namedIn: "fatal: cannot write: \(failure.words)"))
    #expect(named.words == failure.words)
    #expect(named.remedy() != nil)
  }

  @Test func whoMayNotWriteIsToldWhoMay() throws {
    let failure = SystemFailure(number: EACCES)
    let own = NSTemporaryDirectory()
    let remedy = try #require(failure.remedy(at: own + "/file"))
    #expect(remedy.hasPrefix("chmod u+rwx ") || remedy.contains(" belongs to the user "), "\(remedy)")
    #expect(failure.remedy()?.hasPrefix("get access to it") == true)
  }

  /// git and libgit2 quote what they could not use.
  @Test func whatAMessageNamesIsKnown() throws {
    let open = try #require(
      SystemFailure(namedIn: "fatal: Unable to create '/not-there/.git/index.lock': Read-only file system"))
    #expect(open.remedy()?.contains("mount \"/\" writable") == true)
    let full = try #require(
      SystemFailure(namedIn: "fatal: sha1 file 'x/index.lock' write error. Out of diskspace"))
    #expect(full.remedy()?.contains("df -h .; df -i .") == true)
  }

  @Test func ofAnythingElseNothingIsSaid() {
    #expect(SystemFailure(number: ENOENT).remedy(at: "/x") == nil)
    #expect(SystemFailure(namedIn: "object not found") == nil)
  }

  /// git-config(1), `core.sharedRepository`.
  @Test(arguments: [
    ("group", 0o070), ("TRUE", 0o070), ("1", 0o070), ("all", 0o075), ("everybody", 0o075), ("2", 0o075),
    ("0640", 0o050), ("0660", 0o070), ("0664", 0o075), ("0600", 0),
  ])
  func whatIsSharedIsAsOpenAsGitMakesIt(value: String, bits: UInt32) {
    #expect(Sharing.bits(of: value) == bits)
  }

  @Test(arguments: ["umask", "false", "0", "0060", "nonsense", "-1", "9"])
  func elseNothingIsShared(value: String) { #expect(Sharing.bits(of: value) == nil) }
}
