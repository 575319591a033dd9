// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import org.jspecify.annotations.Nullable;

/** Chooses the way of a stream into its volume by {@link SinkPolicy}, or says what to set up. */
final class SinkChoice {
  private SinkChoice() {}

  /**
   * Chooses.
   *
   * @param modes of the volume; null = not known
   * @throws CopyFault REFUSED when what the plan asks for is not set up here
   */
  static SinkPolicy.Chosen choose(
      CopyOrder order,
      Inventory.Disk disk,
      CdiSettings.Sinks sinks,
      TargetStorage.@Nullable Modes modes) {
    return choose(order, disk, CopyOutlook.Ways.of(sinks), modes);
  }

  /** The same, of what may be set up at another process. */
  static SinkPolicy.Chosen choose(
      CopyOrder order,
      Inventory.Disk disk,
      CopyOutlook.Ways ways,
      TargetStorage.@Nullable Modes modes) {
    return SinkPolicy.choose(
            order.sink(), disk.capacityBytes(), ways.policy(), modes != null && modes.block())
        .orElseThrow(() ->
            new CopyFault(
                Problem.Kind.REFUSED,
                "sink-not-configured",
                "The plan asks for the sink "
                    + order.sink()
                    + ", which is not set up at this converter.",
                "Set "
                    + key(order.sink())
                    + " in drover.yaml, or plan VM "
                    + order.vmName()
                    + " with the sink AUTO."));
  }

  private static String key(Sink asked) {
    return switch (asked) {
      case UPLOAD -> "cluster.uploadProxy";
      case HTTP -> "converter.staging";
      case DIRECT -> "converter.direct";
      case AUTO -> "cluster.uploadProxy, converter.staging or converter.direct";
    };
  }
}
