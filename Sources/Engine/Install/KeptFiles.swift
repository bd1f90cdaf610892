import Core
import Git
import Platform

/// Hooks that ours replace, until `uninstall` puts them back.
extension Files {
  /// A file's blob id as text; empty when it cannot be read.
  static func digest(_ path: String) -> String {
    content(path, limit: 1 << 20).flatMap { try? Repository.blobID(of: $0).description } ?? ""
  }

  /// Gives a hook a second name one directory further down, under which it outlives
  /// its replacement. A relative symlink is rewritten, so that it leads to the same file.
  static func keep(_ path: String, as name: String) throws {
    Files.remove(name)
    if let target = target(ofLink: path), !target.hasPrefix("/") {
      guard Files.symlink("../" + target, name) else { throw failure("keep", path) }
    } else {
      guard Files.link(path, name) || Files.rename(path, name) else {
        throw failure("keep", path)
      }
    }
  }

  /// Whether `keep` made this second name, and the hook is still in place.
  static func isKept(_ path: String, as name: String) -> Bool {
    if let target = target(ofLink: path), !target.hasPrefix("/") {
      return Files.target(ofLink: name) == "../" + target
    }
    return Inode(path) != nil && Inode(path) == Inode(name)
  }

  /// Puts back a hook that `keep` kept.
  static func putBack(_ name: String, as path: String) throws {
    if let target = target(ofLink: name), target.hasPrefix("../") {
      let temporary = path + Layout.restoredHook
      Files.remove(temporary)
      guard Files.symlink(String(target.dropFirst(3)), temporary), Files.rename(temporary, path) else {
        throw failure("restore", path)
      }
      Files.remove(name)
    } else if !Files.rename(name, path) {
      throw failure("restore", path)
    }
  }
}
