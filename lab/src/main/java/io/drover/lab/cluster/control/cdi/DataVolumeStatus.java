// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.World;
import java.util.Optional;

/** A DataVolume's status on its way to the server: phase, progress, and CDI's three conditions. */
final class DataVolumeStatus {

  private static final String HEARTBEAT = "lastHeartbeatTime";

  private final Doc before;
  private final Doc after;
  private final Optional<Doc> claim;
  private boolean running;

  DataVolumeStatus(Doc dataVolume, Optional<Doc> claim) {
    this.before = dataVolume;
    this.after = dataVolume.copy();
    this.claim = claim;
  }

  DataVolumeStatus phase(String phase) {
    after.status().put("phase", phase);
    return this;
  }

  DataVolumeStatus progress(String progress) {
    after.status().put("progress", progress);
    return this;
  }

  DataVolumeStatus restarts(int count) {
    after.status().put("restartCount", count);
    return this;
  }

  DataVolumeStatus running(String value, String reason, String message) {
    running = value.equals("True");
    after.setCondition("Running", value, reason, message, HEARTBEAT);
    return this;
  }

  /**
   * Its pod ended badly. What the pod said comes through, but for that a volume is full, which CDI
   * says in words of its own ({@code simplifyKnownMessage} of its controller).
   */
  DataVolumeStatus crashed(String said) {
    boolean full =
        said.contains("is larger than the reported available")
            || said.contains("no space left on device")
            || said.contains("disk quota exceeded");
    return running("False", "Error", full ? "DataVolume too small to contain image" : said);
  }

  DataVolumeStatus noClaim(String message) {
    after.setCondition("Bound", "False", "NotFound", message, HEARTBEAT);
    return this;
  }

  /** A quota has no room for the claim; CDI says Unknown of one that is not there. */
  DataVolumeStatus overQuota(String message) {
    after.setCondition("Bound", "Unknown", "ErrExceededQuota", message, HEARTBEAT);
    return this;
  }

  /** Writes the status if it differs from what was read. */
  void write(Kube kube, World world) {
    after.status().put("claimName", after.name());
    if (claim.isPresent()) {
      boolean bound = claim.get().text("/status/phase").equals("Bound");
      after.setCondition(
          "Bound",
          bound ? "True" : "False",
          bound ? "Bound" : "Pending",
          "PVC " + claim.get().name() + (bound ? " Bound" : " Pending"),
          HEARTBEAT);
    } else if (after.condition("Bound").isEmpty()) {
      after.setCondition("Bound", "False", "NotFound", "No PVC found", HEARTBEAT);
    }
    boolean ready = after.text("/status/phase").equals("Succeeded");
    after.setCondition(
        "Ready", ready ? "True" : "False", running ? "TransferRunning" : "", "", HEARTBEAT);
    if (after.condition("Running").isEmpty()) {
      after.setCondition("Running", "False", "", "", HEARTBEAT);
    }
    if (!after.same(before)) {
      var _ = world.wrote(Kind.DATA_VOLUME, kube.replaceStatus(Kind.DATA_VOLUME, after));
    }
  }
}
