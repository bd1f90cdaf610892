import Git
import Platform

/// Hooks that give way to ours and come back with `uninstall`.
extension Files {
  /// A file's blob id as text; empty when it cannot be read.
  static func digest(_ path: String) -> String {
    content(path, limit: 1 << 20).flatMap { try? Repository.blobID(of: $0).description } ?? ""
  }

  /// Gives a hook that stays in place a second name one directory further down, under which it outlives
  /// its replacement. A relative symlink is written anew, so that it leads to the same file.
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

  /// Whether a second name of a hook that is still in its place is what `keep` made.
  static func isKept(_ path: String, as name: String) -> Bool {
    if let target = target(ofLink: path), !target.hasPrefix("/") {
      return Files.target(ofLink: name) == "../" + target
    }
    return Inode(path) != nil && Inode(path) == Inode(name)
  }

  /// Puts a hook that `keep` kept back.
  static func putBack(_ name: String, as path: String) throws {
    if let target = target(ofLink: name), target.hasPrefix("../") {
      let temporary = path + ".llmos-new"
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
