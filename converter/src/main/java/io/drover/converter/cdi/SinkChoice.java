// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the way of a stream into its volume, and says why: what the plan asks for, or, where it
 * leaves the choice, the cheapest of what is set up.
 */
final class SinkChoice {
  /** From here on, beginning a broken upload anew costs more than staging does. */
  static final long LARGE = 32L << 30;

  /** What was chosen, with one sentence why. */
  record Chosen(Sink sink, String why) {}

  private SinkChoice() {}

  /**
   * Chooses.
   *
   * @param modes of the volume; null = not known
   * @throws CopyFault REFUSED when what the plan asks for is not set up here
   */
  static Chosen choose(
      CopyOrder order,
      Inventory.Disk disk,
      CdiSettings.Sinks sinks,
      TargetStorage.@Nullable Modes modes) {
    return choose(order, disk, CopyOutlook.Ways.of(sinks), modes);
  }

  /** The same, of what may be set up at another process. */
  static Chosen choose(
      CopyOrder order,
      Inventory.Disk disk,
      CopyOutlook.Ways sinks,
      TargetStorage.@Nullable Modes modes) {
    return switch (order.sink()) {
      case UPLOAD -> asked(order, sinks.upload() != null, "cluster.uploadProxy");
      case HTTP -> asked(order, sinks.staging(), "converter.staging");
      case DIRECT -> asked(order, sinks.direct(), "converter.direct");
      case AUTO -> best(disk, sinks, modes);
    };
  }

  private static Chosen asked(CopyOrder order, boolean configured, String key) {
    if (!configured) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "sink-not-configured",
          "The plan asks for the sink " + order.sink() + ", which is not set up at this converter.",
          "Set " + key + " in drover.yaml, or plan VM " + order.vmName() + " with the sink AUTO.");
    }
    return new Chosen(order.sink(), "The plan asks for it.");
  }

  private static Chosen best(
      Inventory.Disk disk, CopyOutlook.Ways sinks, TargetStorage.@Nullable Modes modes) {
    boolean block = modes != null && modes.block();
    if (sinks.direct() && (block || (sinks.upload() == null && !sinks.staging()))) {
      return new Chosen(
          Sink.DIRECT,
          block
              ? "Worker pods reach the ESXi hosts and the volume is a block device:"
                  + " one pass, no scratch space."
              : "Nothing else is set up.");
    }
    if (sinks.staging() && (sinks.upload() == null || disk.capacityBytes() >= LARGE)) {
      return new Chosen(
          Sink.HTTP,
          sinks.upload() == null
              ? "No upload proxy is set up, a staging folder is."
              : "The disk is larger than %d GiB: a staged image goes on after a crash, an upload"
                      .formatted(LARGE >> 30)
                  + " begins anew.");
    }
    return new Chosen(
        Sink.UPLOAD, "The upload proxy is set up: no staging and no scratch space is needed.");
  }
}
