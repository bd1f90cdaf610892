/// What a tool does, by the names that harnesses give it. No name means different things to two harnesses, so one table
/// has them all. Names are compared in lower case.
enum ToolNames {
  enum Kind {
    case reads, edits, shell
  }

  /// What a tool does, as far as its name alone says; nil for a name that nobody has told us of.
  static func kind(_ name: String) -> Kind? {
    let name = name.lowercased()
    if name.hasPrefix("github-pull-request_") { return .reads }
    return kinds[name] ?? (name.hasPrefix("copilot_") ? kinds[String(name.dropFirst(8))] : nil)
  }

  private static let names: [(Kind, String)] = [
    // Claude Code.
    (
      .reads,
      """
      read view grep glob ls search notebookread webfetch websearch todoread todowrite task agent skill \
      askuserquestion enterplanmode exitplanmode bashoutput taskoutput killshell killbash taskstop toolsearch \
      taskcreate taskupdate tasklist taskget lsp listmcpresources readmcpresource sendmessage enterworktree \
      exitworktree listmcpresourcestool readmcpresourcetool croncreate crondelete cronlist structuredoutput \
      teamcreate teamdelete slashcommand
      """
    ),
    (.edits, "edit write multiedit notebookedit"), (.shell, "bash powershell monitor"),
    // Codex.
    (
      .reads,
      """
      update_plan view_image request_user_input spawn_agent send_input resume_agent wait wait_agent close_agent \
      list_mcp_resources list_mcp_resource_templates read_mcp_resource web_search web_search_request tool_search
      """
    ),
    (.edits, "apply_patch applypatch"),
    (.shell, "shell local_shell exec_command shell_command unified_exec write_stdin container.exec"),
    // Gemini.
    (
      .reads,
      """
      read_file read_many_files list_directory grep_search search_file_content google_web_search web_fetch \
      write_todos save_memory activate_skill ask_user get_internal_docs update_topic enter_plan_mode \
      exit_plan_mode codebase_investigator cli_help invoke_agent complete_task
      """
    ),
    (.edits, "write_file replace edit_file"), (.shell, "run_shell_command"),
    // Cursor.
    (
      .reads,
      """
      list_dir file_search codebase_search semsearch semanticsearch readlints read_lints fetch_rules fetchrules \
      createplan create_plan askquestion switchmode listmcpresources fetchmcpresource fetch_mcp_resource fetch \
      updatecurrentstep await
      """
    ),
    (.edits, "delete delete_file strreplace search_replace editnotebook edit_notebook tabwrite"),
    (.shell, "run_terminal_cmd"),
    // Copilot's command line and cloud agent.
    (
      .reads,
      """
      read_bash stop_bash list_bash read_powershell stop_powershell list_powershell report_intent store_memory \
      fetch_copilot_cli_documentation sql rg show_file read_agent list_agents report_progress
      """
    ),
    (.edits, "create insert update str_replace str_replace_editor str_replace_based_edit_tool undo_edit"),
    (.shell, "write_bash write_powershell"),
    // VS Code.
    (
      .reads,
      """
      semantic_search get_vscode_api get_errors get_changed_files read_project_structure create_new_workspace \
      create_new_jupyter_notebook search_workspace_symbols list_code_usages copilot_getnotebooksummary \
      read_notebook_cell_output install_extension fetch_webpage memory test_search get_project_setup_info \
      get_search_view_results get_doc_info github_repo open_simple_browser create_directory run_vscode_command \
      manage_todo_list get_terminal_output terminal_selection terminal_last_command run_task get_task_output \
      runtests runtest run_tests test_failure vscode_get_confirmation vscode_get_terminal_confirmation \
      vscode_askquestions vscode_listcodeusages runsubagent run_subagent search_subagent execution_subagent \
      switch_agent kill_terminal await_terminal tool_search_tool_regex think codebase usages problems changes \
      findtestfiles todos readfile listdirectory filesearch textsearch fetch_page run_notebook_cell \
      configure_python_environment install_python_packages get_python_environment_details \
      get_python_executable_details rendermermaiddiagram testfailure todo update_user_preferences
      """
    ),
    (
      .edits,
      """
      create_file replace_string_in_file multi_replace_string_in_file insert_edit_into_file edit_notebook_file \
      edit_files editfiles createfile editnotebook
      """
    ),
    (
      .shell,
      "run_in_terminal runterminalcommand runinterminal runcommands send_to_terminal create_and_run_task"
    ),
  ]

  private static let kinds: [String: Kind] = Dictionary(
    names.flatMap { kind, names in names.split(separator: " ").map { (String($0), kind) } },
    uniquingKeysWith: { first, _ in first })

  private static let reading: Set<String> = [
    "get", "list", "search", "read", "find", "fetch", "query", "describe", "show", "view", "look", "lookup",
    "inspect", "analyze", "explain", "think", "ask", "resolve", "count", "compare", "navigate", "screenshot",
    "snapshot", "usages", "errors", "diagnostics", "symbols", "definition", "references", "hover",
  ]
  private static let writing: Set<String> = [
    "write", "edit", "create", "delete", "remove", "replace", "insert", "update", "patch", "apply", "move",
    "rename", "copy", "append", "save", "put", "set", "modify", "overwrite", "refactor", "format",
  ]

  /// Whether an unknown tool only reads, by the first or the last word of its name (`list_issues`, `docSearch`).
  static func soundsLikeReading(_ words: [String]) -> Bool {
    guard !soundsLikeWriting(words) else { return false }
    return [words.first, words.last].contains { $0.map(reading.contains) ?? false }
  }

  /// Whether an unknown tool changes something, by any word of its name but the last of several (`find_replace` does,
  /// `list_updates` does not).
  static func soundsLikeWriting(_ words: [String]) -> Bool {
    guard let first = words.first else { return false }
    if reading.contains(first) { return words.dropFirst().contains("replace") }
    return words.contains(where: writing.contains)
  }

  /// The words of a name in any of the usual forms: `get_page`, `getPage`, `get-page`.
  static func words(_ name: String) -> [String] {
    var words: [String] = []
    var word = ""
    for scalar in name.unicodeScalars {
      let isCapital = ("A"..."Z").contains(scalar)
      if isCapital || !(scalar.properties.isAlphabetic), !word.isEmpty {
        words.append(word)
        word = ""
      }
      if scalar.properties.isAlphabetic { word += String(scalar).lowercased() }
    }
    return word.isEmpty ? words : words + [word]
  }

  /// The tool's own name of a server's tool (`mcp__github__list_issues`, `MCP:get_page`, `mcp_files_write`); nil for a
  /// name that is not a server's.
  static func server(_ name: String) -> String? {
    guard name.lowercased().hasPrefix("mcp"), let mark = name.dropFirst(3).first, "_:.-".contains(mark) else {
      return nil
    }
    let rest = name.dropFirst(4)
    if let colon = rest.lastIndex(of: ":") { return String(rest[rest.index(after: colon)...]) }
    if mark == "_", rest.first == "_" {
      return rest.dropFirst().split(separator: "__", maxSplits: 1).last.map(String.init) ?? String(rest)
    }
    if mark == ":" { return String(rest) }
    // `mcp_SERVER_TOOL`: where the server's name ends is not told.
    return rest.split(separator: "_", maxSplits: 1).last.map(String.init) ?? String(rest)
  }
}
