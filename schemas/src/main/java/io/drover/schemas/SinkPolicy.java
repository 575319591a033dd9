// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;
import java.util.Optional;

/**
 * The way of a stream into its volume: what a plan asks for, or, where it leaves the choice, the
 * cheapest of what is set up. A plan foretells it and the converter does it, so it stands here
 * once.
 */
public final class SinkPolicy {
  /** From here on, in bytes, beginning a broken upload anew costs more than staging does. */
  public static final long LARGE = 32L << 30;

  private SinkPolicy() {}

  /**
   * What is set up.
   *
   * @param upload whether the upload proxy is configured
   * @param staging whether images are staged and served
   * @param direct whether worker pods reach the ESXi hosts
   */
  public record Ways(boolean upload, boolean staging, boolean direct) {
    /** Whether there is any way at all. */
    public boolean any() {
      return upload || staging || direct;
    }
  }

  /** What was chosen, with one sentence why. */
  public record Chosen(Sink sink, String why) {}

  /**
   * Chooses.
   *
   * @param capacityBytes of the disk
   * @param block whether its volume is a block device; false where that is not known
   * @return empty where what is asked for is not set up, or nothing is
   */
  public static Optional<Chosen> choose(Sink asked, long capacityBytes, Ways ways, boolean block) {
    return switch (asked) {
      case UPLOAD -> asked(asked, ways.upload());
      case HTTP -> asked(asked, ways.staging());
      case DIRECT -> asked(asked, ways.direct());
      case AUTO -> ways.any() ? Optional.of(best(capacityBytes, ways, block)) : Optional.empty();
    };
  }

  /**
   * Whether a volume is a block device, of what CDI's storage profile offers: a shared one is taken
   * wherever it is offered, else what is named first.
   *
   * @param modes as {@link Inventory.StorageClass#modes}
   */
  public static boolean block(List<String> modes) {
    return modes.contains("ReadWriteMany/Block")
        || !modes.isEmpty() && modes.getFirst().endsWith("/Block");
  }

  private static Optional<Chosen> asked(Sink asked, boolean there) {
    return there ? Optional.of(new Chosen(asked, "The plan asks for it.")) : Optional.empty();
  }

  private static Chosen best(long capacityBytes, Ways ways, boolean block) {
    if (ways.direct() && (block || (!ways.upload() && !ways.staging()))) {
      return new Chosen(
          Sink.DIRECT,
          block
              ? "Worker pods reach the ESXi hosts and the volume is a block device:"
                  + " one pass, no scratch space."
              : "Nothing else is set up.");
    }
    if (ways.staging() && (!ways.upload() || capacityBytes >= LARGE)) {
      return new Chosen(
          Sink.HTTP,
          !ways.upload()
              ? "No upload proxy is set up, a staging folder is."
              : "The disk is larger than %d GiB: a staged image goes on after a crash, an upload"
                      .formatted(LARGE >> 30)
                  + " begins anew.");
    }
    return new Chosen(
        Sink.UPLOAD, "The upload proxy is set up: no staging is needed, and one pass is enough.");
  }
}
