import CLibgit2
import Core

extension ObjectID {
  init(_ raw: git_oid) {
    let width = withUnsafePointer(to: raw) { Int(llmos_git_oid_width($0)) }
    self =
      withUnsafeBytes(of: raw.id) { ObjectID(bytes: UnsafeRawBufferPointer(rebasing: $0.prefix(width))) }
      ?? .null
  }

  /// As libgit2 takes it.
  var raw: git_oid {
    var raw = git_oid()
    llmos_git_set_oid_width(&raw, Int32(width))
    withBytes { bytes in
      withUnsafeMutableBytes(of: &raw.id) {
        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix($0.count)))
      }
    }
    return raw
  }
}
