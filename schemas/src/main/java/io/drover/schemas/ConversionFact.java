// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What happened to the copies of a VM. Key: {@link VmKey}. */
public sealed interface ConversionFact extends Fact {
  /** A round was accepted. */
  record CopyBegun(ConversionMessage.CopyOrder order) implements ConversionFact {}

  /** The intent: a step of the round, of one disk or of the whole VM, is about to be ensured. */
  record CopyStepBegun(CopyId copy, CopyStep step, @Nullable Integer diskKey, int attempt)
      implements ConversionFact {}

  /** The step was observed satisfied. */
  record CopyStepEnded(CopyId copy, CopyStep step, @Nullable Integer diskKey, CopyEvidence evidence)
      implements ConversionFact {}

  /** The step did not come out; tried again at {@code retryAt}. */
  record CopyStepDelayed(
      CopyId copy,
      CopyStep step,
      @Nullable Integer diskKey,
      int attempt,
      Problem problem,
      Instant retryAt)
      implements ConversionFact {}

  /** One disk is in the target volume, with what is proved about it. */
  record DiskImported(CopyId copy, Receipt receipt) implements ConversionFact {}

  /** All disks of the round landed. */
  record CopyEnded(CopyId copy) implements ConversionFact {}

  /** The round cannot be completed. */
  record CopyGivenUp(CopyId copy, Problem problem) implements ConversionFact {}

  /** The round was told to stop. */
  record CopyStopBegun(CopyId copy) implements ConversionFact {}

  /** Nothing of the round runs any more, no lease is open. */
  record CopyHalted(CopyId copy) implements ConversionFact {}

  /** The removal of all copies of a migration began. */
  record RemovalBegun(MigrationId migration) implements ConversionFact {}

  /** They were observed gone. */
  record RemovalEnded(MigrationId migration) implements ConversionFact {}

  /** What the copies of a migration may read a second; 0 = as much as they can. */
  record PaceSet(MigrationId migration, long bytesPerSecond) implements ConversionFact {}

  /** The copy under way keeps to the pace that was set. */
  record PaceKept(MigrationId migration, long bytesPerSecond) implements ConversionFact {}

  /** A message got no for an answer. */
  record CopyRefused(CopyId copy, String expected, String but) implements ConversionFact {}
}
