import Core
import Git
import Ledger
import Platform

/// The merge driver of `SCENARIO_STATE.yml`: whatever the two sides say, the sealed bytes are the result
/// (gitattributes(5), "Defining a custom merge driver").
public enum MergeState {
  /// Writes the sealed bytes over the file that git names.
  public static func run(_ file: String) -> Int32 {
    do {
      let repository = try Repository.current()
      let seal = try repository.sealInForce()
      try Files.replace(file, with: repository.blob(seal.state), scratch: repository.gitDirectory)
      return ExitCode.done.rawValue
    } catch {
      let refusal = Refusal(error)
      System.write(refusal.lines, to: 2)
      return refusal.code.rawValue
    }
  }
}
