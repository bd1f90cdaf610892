import CLibgit2
import Core

extension ObjectID {
  init(_ raw: git_oid) {
    self = withUnsafeBytes(of: raw.id) { ObjectID(bytes: $0) } ?? .null
  }

  /// As libgit2 takes it: the first 20 bytes.
  var raw: git_oid {
    var raw = git_oid()
    withBytes { bytes in
      withUnsafeMutableBytes(of: &raw.id) {
        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix($0.count)))
      }
    }
    return raw
  }
}
