extension Refusal {
  /// The refusal of whatever must wait for a rollback's end.
  public static func pendingRollback(_ what: String) -> Refusal {
    Refusal(
      .refused, what, why: "a rollback was started and is not finished",
      remedy: "llmos-hook rollback --continue, or llmos-hook rollback --abort")
  }
}
