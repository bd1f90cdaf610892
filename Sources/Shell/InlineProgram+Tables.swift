/// The calls of standard libraries that write files or run commands.
extension InlineProgram {
  /// What a function does with its arguments.
  enum Function {
    case writes, removes, removesAll, copies, moves, opens, runs, changesDirectory, changesMode
    /// Becomes a program: its arguments stand behind its name, and name it once more.
    case executes
  }

  /// What a method does with the path that it is called on.
  enum Method {
    case writes, writesSurely, removes, moves, opens

    /// Whether only paths have a method of that name.
    var isSure: Bool { self == .writesSurely }
  }

  static let methods: [String: Method] = [
    "write_text": .writesSurely, "write_bytes": .writesSurely, "touch": .writes, "unlink": .removes,
    "rmdir": .removes, "rename": .moves, "replace": .moves, "open": .opens, "symlink_to": .writes,
    "hardlink_to": .writes,
  ]

  static let functions: [String: Function] = [
    // Python's os, shutil, subprocess and builtins.
    "open": .opens, "remove": .removes, "unlink": .removesAll, "removedirs": .removes, "rmdir": .removes,
    "truncate": .writes, "rmtree": .removes, "move": .moves, "copy": .copies, "copy2": .copies,
    "copyfile": .copies, "copytree": .copies, "rename": .moves, "renames": .moves, "replace": .moves,
    "symlink": .copies, "link": .copies, "chdir": .changesDirectory, "system": .runs, "popen": .runs,
    "run": .runs,
    "call": .runs, "check_call": .runs, "check_output": .runs, "Popen": .runs, "getoutput": .runs,
    "getstatusoutput": .runs, "create_subprocess_exec": .runs, "create_subprocess_shell": .runs,
    "spawn": .runs,
    "execvp": .executes, "execv": .executes, "execlp": .executes, "execl": .executes, "execle": .executes,
    "execve": .executes, "execvpe": .executes, "spawnl": .executes, "spawnlp": .executes, "spawnv": .executes,
    "spawnvp": .executes, "posix_spawn": .executes, "posix_spawnp": .executes,
    "to_csv": .writes, "to_json": .writes,
    "savefig": .writes, "urlretrieve": .copies, "input": .opens, "FileInput": .opens,
    // JavaScript's fs and child_process.
    "writeFileSync": .writes, "writeFile": .writes, "appendFileSync": .writes, "appendFile": .writes,
    "createWriteStream": .writes, "truncateSync": .writes, "unlinkSync": .removes, "rmSync": .removes,
    "rm": .removes, "rmdirSync": .removes, "renameSync": .moves, "copyFileSync": .copies, "copyFile": .copies,
    "cpSync": .copies, "symlinkSync": .copies, "openSync": .opens, "writeTextFile": .writes,
    "writeTextFileSync": .writes, "outputFileSync": .writes, "exec": .runs, "execSync": .runs,
    "spawnSync": .runs, "execFile": .runs, "execFileSync": .runs, "execa": .runs, "execaSync": .runs,
    // Ruby, Perl, PHP.
    "write": .writes, "binwrite": .writes, "delete": .removesAll, "rm_f": .removes, "rm_rf": .removes,
    "rm_r": .removes, "mv": .moves, "cp": .copies, "cp_r": .copies, "touch": .writes, "capture2": .runs,
    "capture2e": .runs, "capture3": .runs, "file_put_contents": .writes, "fopen": .opens, "shell_exec": .runs,
    "passthru": .runs, "proc_open": .runs,
    "chmod": .changesMode, "chmodSync": .changesMode,
    // Lua, R, Elixir, vim, Deno.
    "execute": .runs, "system2": .runs, "cmd": .runs, "shell": .runs, "systemlist": .runs, "sink": .writes,
    "writeLines": .copies, "writefile": .copies, "removeSync": .removes, "mkfifo": .writes,
  ]

  /// Functions that mean this only in their module.
  static let ofModules: Set<String> = [
    "input",
    "remove", "move", "copy", "copy2", "replace", "rename", "run", "call", "write", "delete", "rm", "mv",
    "cp",
    "touch", "link", "symlink", "truncate", "unlink", "chdir", "chmod", "system", "spawn", "exec", "execute",
    "cmd",
    "shell",
  ]

  static let modules: Set<String> = [
    "os", "fileinput", "shutil", "subprocess", "fs", "fsp", "promises", "child_process", "cp", "FileUtils",
    "File", "IO",
    "Kernel",
    "System", "io", "file", "Dir", "Bun", "Deno", "sp", "process", "pty", "pathlib", "commands", "asyncio",
    "Open3", "fse",
  ]
}
