import ArgumentParser

/// The completions of ArgumentParser, for the scripts that call us too: `./step.sh`, `./llmos` and
/// `scripts/scenario_engine.sh` complete as the command that they run.
enum ScriptCompletions {
  /// What `--generate-completion-script SHELL` prints; nil for any other command line, and for a shell that
  /// ArgumentParser refuses.
  static func script(for line: [String]) -> String? {
    let option = "--generate-completion-script"
    let name: String
    switch line.count {
    case 1 where line[0].hasPrefix(option + "="): name = String(line[0].dropFirst(option.count + 1))
    case 2 where line[0] == option: name = line[1]
    default: return nil
    }
    guard let shell = CompletionShell(rawValue: name) else { return nil }
    let script = CommandLineTool.completionScript(for: shell)
    switch name {
    case "bash": return script + "\n" + bash
    case "fish": return script + "\n" + fish
    case "zsh": return zsh(script)
    default: return script
    }
  }

  private static let bash = #"""

    # The scripts of a governed repository: as the command that they run.
    _llmos-hook_script() {
        local -a command=(llmos-hook)
        case "${COMP_WORDS[0]##*/}" in
        step.sh) command+=(step) ;;
        scenario_engine.sh)
            if [[ "${COMP_CWORD}" -eq 1 ]]; then
                COMPREPLY=($(compgen -W 'run execute status set next-phase' -- "${2}"))
                return
            fi
            ;;
        esac
        local -ir before="${#COMP_LINE}"
        COMP_LINE="${command[*]}${COMP_LINE:${#COMP_WORDS[0]}}"
        ((COMP_POINT += ${#COMP_LINE} - before, COMP_CWORD += ${#command[@]} - 1))
        COMP_WORDS=("${command[@]}" "${COMP_WORDS[@]:1}")
        _llmos-hook llmos-hook "${2}" "${3}"
    }

    complete -o filenames -F _llmos-hook_script llmos step.sh scenario_engine.sh

    """#

  private static let fish = #"""

    # The scripts of a governed repository: as the command that they run.
    function __llmos-hook_script
        complete -C "$argv "(commandline -pc | string replace -r '^\s*\S+\s*' '')
    end
    complete -c llmos -f -a '(__llmos-hook_script llmos-hook)'
    complete -c step.sh -a '(__llmos-hook_script llmos-hook step)'
    complete -c scenario_engine.sh -f -a '(__llmos-hook_script llmos-hook)'

    """#

  /// In the words of zsh the script becomes the command before anything looks at them.
  private static func zsh(_ script: String) -> String {
    let begin = "_llmos-hook() {\n    emulate -RL zsh -G\n"
    let scripts = " llmos step.sh scenario_engine.sh"
    return
      script
      .replacing("#compdef llmos-hook\n", with: "#compdef llmos-hook\(scripts)\n", maxReplacements: 1)
      .replacing("compdef _llmos-hook llmos-hook\n", with: "compdef _llmos-hook llmos-hook\(scripts)\n")
      .replacing(
        begin,
        with: begin + #"""
              case "${words[1]:t}" in
              step.sh)
                  words=(llmos-hook step "${(@)words[2,-1]}")
                  ((CURRENT++))
                  ;;
              llmos|scenario_engine.sh) words[1]=llmos-hook ;;
              esac

          """#)
  }
}
