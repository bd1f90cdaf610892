import Core
import Platform

/// The short way of reference-transaction. Most transactions concern nobody (what a fetch brings, tags), and git 2.39
/// asks for each reference by itself, so that such a call must cost no more than one of a hook that does nothing. It is told
/// from bytes alone, before there is any text or list: they bring so much of the program into memory that the call would
/// take half as long again.
public enum QuietTransaction {
  /// The bytes that are read: some thirty references. Of more, the time that each call takes does not matter.
  private static let limit = 4096

  /// Whether this process is called about such a transaction, and no hook is kept that must be told: it ends with 0.
  ///
  /// - Parameter read: what was read on stdin, when it is not, for whoever goes on.
  /// - Returns: false where anything is not plain at sight.
  public static func endsCall(_ read: inout [UInt8]) -> Bool {
    guard let hook = System.word(0), hook.ends(with: "/reference-transaction"),
      let state = System.word(1), state.isSame(as: "prepared"), System.word(2) == nil,
      KeptHook.bothPlaces(of: hook, satisfy: { !Files.isReachable($0) })
    else { return false }
    return withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { room in
      let (count, isAll) = System.readInput(into: room)
      let bytes = UnsafeRawBufferPointer(rebasing: room[..<count])
      if isAll, ReferenceMove.concernNobody(bytes) { return true }
      read = Array(bytes)
      return false
    }
  }
}
