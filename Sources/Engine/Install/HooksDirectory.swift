import Core
import Git
import Hook
import Platform

/// Where git looks for the hooks of a worktree (githooks(5), git-config(1) `core.hooksPath`).
struct HooksDirectory {
  /// Its absolute path as git has it, with a trailing slash.
  let path: String
  /// What is to be said of it; nil when it is as git makes it.
  let remark: String?

  /// Finds it.
  ///
  /// - Parameters:
  ///   - worktree: with a trailing slash; of a bare repository its git directory.
  ///   - common: `$GIT_COMMON_DIR`, with a trailing slash.
  /// - Throws: `Refusal` when it lies outside this repository, by its name or over a symlink (hooks put there would
  ///   govern every repository that looks there), or leads nowhere.
  init(of worktree: String, common: String) throws {
    let own = "git config core.hooksPath \"\(common)hooks\""
    let found = try GitProcess.run(
      ["config", "--show-scope", "--type=path", "--get", "core.hooksPath"], in: worktree)
    let parts = found.text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
      .map(String.init)
    guard found.code == 0, parts.count == 2 else {
      (path, remark) = (common + "hooks/", nil)
      guard Self.canBe(path) else {
        let file = path.dropLast()
        throw Refusal(
          "\(file) is no directory, so git runs no hook here",
          remedy: "mv \(shellWord(String(file))) \(shellWord(file + ".old")) && llmos-hook install")
      }
      try refuseLinked(worktree, common)
      return
    }
    let (scope, value) = (parts[0], parts[1])
    guard scope == "local" || scope == "worktree" else {
      throw Refusal(
        "core.hooksPath is set outside this repository (\(scope): \(value))",
        why: "git looks for hooks there, and hooks put there would govern all your repositories",
        remedy: Self.remedy(scope, or: own))
    }
    guard !value.isEmpty else {
      throw Refusal(
        "core.hooksPath is empty, so git runs no hook here",
        remedy: "git config --\(scope) --unset core.hooksPath && llmos-hook install")
    }
    let isRelative = !value.hasPrefix("/")
    path = (isRelative ? worktree + value : value) + (value.hasSuffix("/") ? "" : "/")
    remark =
      isRelative
      ? "core.hooksPath is relative (\(value)): git looks for it in each worktree, so install in each" : nil
    guard Self.canBe(path) else {
      throw Refusal(
        "core.hooksPath (\(value)) leads nowhere in \(worktree), so git runs no hook here",
        why: isRelative ? "it is relative, and git looks for it in each worktree" : nil,
        remedy: "\(own) && llmos-hook install")
    }
    guard Self.belongs(path, to: worktree, common) else {
      throw Refusal(
        "core.hooksPath leads out of this repository (\(value))",
        why: "hooks put there would govern every repository that uses it",
        remedy: "\(own) && llmos-hook install")
    }
  }

  /// Refuses where the system would execute no hook: git takes one that cannot be executed for none.
  func requireExecutable() throws {
    guard Files.isMountedNoexec(Self.nearest(to: path)) else { return }
    throw Refusal(
      "git runs no hook in \(path): its file system is mounted noexec",
      remedy: "mount it with exec (mount -o remount,exec), or move the repository; then llmos-hook install")
  }

  private static func remedy(_ scope: String, or own: String) -> String {
    scope == "command"
      ? "unset GIT_CONFIG_PARAMETERS and GIT_CONFIG_COUNT, then run the same command again"
      : "git config --\(scope) --unset core.hooksPath; or, for this repository alone, "
        + "\(own) && llmos-hook install"
  }

  /// A link to a directory of this repository's own worktree is one of its hooks directories; any other is shared.
  private func refuseLinked(_ worktree: String, _ common: String) throws {
    guard !Self.belongs(path, to: worktree, common) else { return }
    let (link, shared) = (path.dropLast(), Files.resolved(path))
    throw Refusal(
      "\(link) is a link to \(shared), outside this repository",
      why: "hooks put there would govern every repository that uses it",
      remedy: "rm \"\(link)\" && cp -R \"\(shared)\" \"\(link)\" && llmos-hook install")
  }

  /// Whether a directory is there or can be made: no file is in its way.
  private static func canBe(_ directory: String) -> Bool {
    var path = directory
    while !path.isEmpty, path != "/" {
      if Files.isReachable(path) { return Files.isDirectory(path) }
      if Files.exists(path.withoutSlash) { return false }
      path = Files.directory(of: path)
    }
    return true
  }

  /// Whether it lies, over symlinks too, in the git directory, this worktree, or the main one.
  private static func belongs(_ directory: String, to worktree: String, _ common: String) -> Bool {
    let place = Files.resolved(nearest(to: directory)) + "/"
    let name = "/.git/".utf8
    var roots = [common, worktree]
    if common.utf8.suffix(name.count).elementsEqual(name) {
      roots.append(String(Substring(common.utf8.dropLast(name.count - 1))))
    }
    return roots.contains { place.hasPrefix(Files.resolved($0) + "/") }
  }

  /// The directory itself, or the first above it that is there.
  private static func nearest(to directory: String) -> String {
    var path = directory
    while !Files.isReachable(path), path != "/" { path = Files.directory(of: path) }
    return path
  }

  /// Where the hooks that ours replace are kept, with a trailing slash: beside it, at the same depth. Where that is no
  /// place of ours (the hooks lie in the root of a worktree or of a git directory itself) it is below.
  func kept(_ worktree: String, _ common: String) -> String {
    let own = Files.resolved(path)
    let isRoot = own == Files.resolved(worktree) || own == Files.resolved(common)
    return isRoot ? KeptHook.oldDirectory(of: path) : KeptHook.directory(of: path)
  }
}
