// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.control.kube.Doc;
import java.util.Optional;

/**
 * Which stage of a multi-stage import comes next: a DataVolume lists checkpoints, its claim
 * remembers by annotation which of them were copied (the annotations are CDI's).
 */
final class Checkpoints {

  private static final String COPIED = "cdi.kubevirt.io/storage.checkpoint.copied";

  private Checkpoints() {}

  /**
   * One stage.
   *
   * @param current snapshot to read
   * @param previous what the volume already holds, empty for nothing
   */
  record Stage(String current, String previous) {

    boolean delta() {
      return !previous.isEmpty();
    }
  }

  static boolean used(Doc dataVolume) {
    return dataVolume.at("/spec/checkpoints").size() > 0;
  }

  static boolean complete(Doc dataVolume) {
    return dataVolume.at("/spec/finalCheckpoint").asBoolean();
  }

  /** The first checkpoint that was not copied yet. */
  static Optional<Stage> next(Doc dataVolume, Doc claim) {
    for (JsonNode checkpoint : dataVolume.at("/spec/checkpoints")) {
      String current = checkpoint.path("current").asText();
      if (claim.annotation(COPIED + "." + current).isEmpty()) {
        return Optional.of(new Stage(current, checkpoint.path("previous").asText("")));
      }
    }
    return Optional.empty();
  }

  /** Notes on a (copied) claim that a stage was copied by a pod. */
  static void copied(Doc claim, Stage stage, String podUid) {
    claim.annotate(COPIED + "." + stage.current(), podUid);
    claim.annotate("cdi.kubevirt.io/storage.checkpoint.current", stage.current());
    claim.annotate("cdi.kubevirt.io/storage.checkpoint.previous", stage.previous());
  }
}
