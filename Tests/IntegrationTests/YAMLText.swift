import Foundation

@testable import StateFile

/// The documents of a YAML text as Foundation's values, read as the programs read theirs: no type is guessed. (Another
/// library would bring another libyaml into the tests.)
func yaml(_ text: String) throws -> [[String: Any]] {
  try text.components(separatedBy: "\n---\n").compactMap {
    try YAMLNode.document(Array($0.utf8))?.value as? [String: Any]
  }
}

extension YAMLNode {
  fileprivate var value: Any {
    switch self {
    case .scalar(let scalar): scalar.text
    case .sequence(let list): list.elements.map(\.value)
    case .mapping(let map):
      map.elements.reduce(into: [String: Any]()) { found, pair in
        if case .scalar(let key) = pair.key { found[key.text] = pair.value.value }
      }
    }
  }
}
