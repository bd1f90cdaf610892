import CLibyaml

/// A value of a YAML document, with its place there. Scalars are taken as they are written: no type is guessed.
enum YAMLNode {
  case scalar(Scalar)
  case sequence(Collection<YAMLNode>)
  case mapping(Map)

  /// A map's pairs are in the order in which they are written.
  typealias Map = Collection<(key: YAMLNode, value: YAMLNode)>

  /// Line and column, from 1.
  struct Mark {
    let line: Int
    let column: Int

    fileprivate init(_ mark: yaml_mark_t) {
      (line, column) = (mark.line + 1, mark.column + 1)
    }
  }

  /// A single value.
  struct Scalar {
    let text: String
    fileprivate let style: yaml_scalar_style_t
    fileprivate let tag: String
    fileprivate let mark: Mark?

    /// Whether it stands without quotes.
    var isPlain: Bool { style == YAML_PLAIN_SCALAR_STYLE }
  }

  /// A list or a map.
  struct Collection<Element> {
    let elements: [Element]
    fileprivate let isFlow: Bool
    fileprivate let tag: String
    fileprivate let mark: Mark?
  }

  /// A plain scalar that stands nowhere.
  init(_ text: String) {
    self = .scalar(Scalar(text: text, style: YAML_PLAIN_SCALAR_STYLE, tag: YAML_STR_TAG, mark: nil))
  }

  /// Where it begins; nil when it was not read.
  var mark: Mark? {
    switch self {
    case .scalar(let scalar): scalar.mark
    case .sequence(let list): list.mark
    case .mapping(let map): map.mark
    }
  }
}

// MARK: Reading

extension YAMLNode {
  /// What is wrong with a document, and where.
  struct Malformed: Error {
    let problem: String
    let mark: Mark?

    /// `:3:7: found character that cannot start any token`, to follow a file's name.
    var text: String { (mark.map { ":\($0.line):\($0.column)" } ?? "") + ": " + problem }
  }

  /// How deep values may lie in one another.
  private static let depth = 100

  /// Reads the one document of a text.
  ///
  /// - Returns: nil when there is none.
  static func document(_ bytes: [UInt8]) throws(Malformed) -> YAMLNode? {
    try requireShallow(bytes)
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { throw Malformed(problem: "out of memory", mark: nil) }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    let read: Result<YAMLNode?, Malformed> = bytes.withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      do throws(Malformed) {
        let (node, _) = try next(&parser)
        if node != nil, case (.some, let start) = try next(&parser) {
          throw Malformed(problem: "a second document begins", mark: start)
        }
        return .success(node)
      } catch {
        return .failure(error)
      }
    }
    return try read.get()
  }

  /// Refuses what lies too deep before anything is built of it: with each value libyaml looks through all that are open, so
  /// that a file of the size that is taken could hold it for minutes.
  private static func requireShallow(_ bytes: [UInt8]) throws(Malformed) {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else { throw Malformed(problem: "out of memory", mark: nil) }
    defer { yaml_parser_delete(&parser) }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    let tooDeep: Mark? = bytes.withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      var open = 0
      while true {
        var event = yaml_event_t()
        // What is wrong otherwise is told when it is read.
        guard yaml_parser_parse(&parser, &event) == 1 else { return nil }
        defer { yaml_event_delete(&event) }
        switch event.type {
        case YAML_SEQUENCE_START_EVENT, YAML_MAPPING_START_EVENT: open += 1
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: open -= 1
        case YAML_STREAM_END_EVENT: return nil
        default: break
        }
        if open > depth { return Mark(event.start_mark) }
      }
    }
    if let tooDeep { throw Malformed(problem: "values lie too deep in one another", mark: tooDeep) }
  }

  /// The next document's root, nil behind the last, and where it begins.
  private static func next(
    _ parser: inout yaml_parser_t
  ) throws(Malformed) -> (root: YAMLNode?, start: Mark) {
    var document = yaml_document_t()
    guard yaml_parser_load(&parser, &document) == 1 else {
      let problem = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
      throw parser.error == YAML_READER_ERROR
        ? Malformed(problem: "byte \(parser.problem_offset): \(problem)", mark: nil)
        : Malformed(problem: problem, mark: Mark(parser.problem_mark))
    }
    defer { yaml_document_delete(&document) }
    let start = Mark(document.start_mark)
    guard let root = yaml_document_get_root_node(&document) else { return (nil, start) }
    return (try node(root.pointee, &document, within: 0), start)
  }

  private static func node(
    _ node: yaml_node_t, _ document: inout yaml_document_t, within depth: Int
  ) throws(Malformed) -> YAMLNode {
    let mark = Mark(node.start_mark)
    guard depth < Self.depth else {
      throw Malformed(problem: "values lie too deep in one another", mark: mark)
    }
    let tag = node.tag.map { String(cString: $0) } ?? ""
    switch node.type {
    case YAML_SEQUENCE_NODE:
      let items = node.data.sequence.items
      var elements: [YAMLNode] = []
      var item = items.start
      while let at = item, at != items.top {
        elements.append(try child(at.pointee, &document, within: depth))
        item = at + 1
      }
      let isFlow = node.data.sequence.style == YAML_FLOW_SEQUENCE_STYLE
      return .sequence(Collection(elements: elements, isFlow: isFlow, tag: tag, mark: mark))
    case YAML_MAPPING_NODE:
      let pairs = node.data.mapping.pairs
      var elements: [(key: YAMLNode, value: YAMLNode)] = []
      var keys: Set<String> = []
      var pair = pairs.start
      while let at = pair, at != pairs.top {
        let key = try child(at.pointee.key, &document, within: depth)
        if case .scalar(let scalar) = key, !keys.insert(scalar.text).inserted {
          throw Malformed(problem: "the key \(scalar.text) appears twice", mark: key.mark)
        }
        elements.append((key, try child(at.pointee.value, &document, within: depth)))
        pair = at + 1
      }
      let isFlow = node.data.mapping.style == YAML_FLOW_MAPPING_STYLE
      return .mapping(Collection(elements: elements, isFlow: isFlow, tag: tag, mark: mark))
    default:
      let scalar = node.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return .scalar(Scalar(text: text, style: scalar.style, tag: tag, mark: mark))
    }
  }

  private static func child(
    _ number: Int32, _ document: inout yaml_document_t, within depth: Int
  ) throws(Malformed) -> YAMLNode {
    guard let child = yaml_document_get_node(&document, number) else {
      throw Malformed(problem: "it cannot be read", mark: nil)
    }
    return try node(child.pointee, &document, within: depth + 1)
  }
}

// MARK: Writing

extension YAMLNode {
  /// A document with one key and its value, as it was written there but for its layout; nil when it cannot be written.
  static func text(_ key: YAMLNode, _ value: YAMLNode) -> String? {
    var document = yaml_document_t()
    var emitter = yaml_emitter_t()
    guard yaml_document_initialize(&document, nil, nil, nil, 1, 1) == 1 else { return nil }
    // yaml_emitter_dump deletes the document, whatever comes of it.
    let root = yaml_document_add_mapping(&document, nil, YAML_BLOCK_MAPPING_STYLE)
    guard root != 0, let first = key.add(to: &document), let second = value.add(to: &document),
      yaml_document_append_mapping_pair(&document, root, first, second) == 1,
      yaml_emitter_initialize(&emitter) == 1
    else {
      yaml_document_delete(&document)
      return nil
    }
    defer { yaml_emitter_delete(&emitter) }
    yaml_emitter_set_width(&emitter, -1)
    yaml_emitter_set_unicode(&emitter, 1)
    var bytes: [UInt8] = []
    let isWritten = withUnsafeMutablePointer(to: &bytes) { bytes in
      yaml_emitter_set_output(
        &emitter,
        { bytes, start, count in
          bytes?.assumingMemoryBound(to: [UInt8].self).pointee += UnsafeBufferPointer(
            start: start, count: count)
          return 1
        }, bytes)
      return yaml_emitter_open(&emitter) == 1 && yaml_emitter_dump(&emitter, &document) == 1
        && yaml_emitter_close(&emitter) == 1
    }
    return isWritten ? String(decoding: bytes, as: UTF8.self) : nil
  }

  private func add(to document: inout yaml_document_t) -> Int32? {
    var number: Int32
    switch self {
    case .scalar(let scalar):
      let bytes = Array(scalar.text.utf8)
      number = scalar.tag.withTag {
        yaml_document_add_scalar(&document, $0, bytes, Int32(bytes.count), scalar.style)
      }
    case .sequence(let list):
      let style = list.isFlow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
      number = list.tag.withTag { yaml_document_add_sequence(&document, $0, style) }
      for element in list.elements where number != 0 {
        guard let child = element.add(to: &document),
          yaml_document_append_sequence_item(&document, number, child) == 1
        else { return nil }
      }
    case .mapping(let map):
      let style = map.isFlow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
      number = map.tag.withTag { yaml_document_add_mapping(&document, $0, style) }
      for (key, value) in map.elements where number != 0 {
        guard let first = key.add(to: &document), let second = value.add(to: &document),
          yaml_document_append_mapping_pair(&document, number, first, second) == 1
        else { return nil }
      }
    }
    return number == 0 ? nil : number
  }
}

extension String {
  /// As libyaml takes a tag.
  fileprivate func withTag(_ use: (UnsafePointer<yaml_char_t>) -> Int32) -> Int32 {
    withCString { $0.withMemoryRebound(to: yaml_char_t.self, capacity: utf8.count + 1, use) }
  }
}
