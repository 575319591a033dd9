// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker Job is to do.
 *
 * @param word first argument of the worker
 * @param name of the Job
 * @param doing for people, such as "reads back"
 * @param writes whether the volume is mounted to be written
 * @param secret mounted where the disk's address is read from; null = none
 * @param expected ConfigMap with the digest to compare with, may be missing; null = none
 * @param again whether an earlier attempt may have written to the volume
 */
record WorkerTask(
    String word,
    String name,
    String doing,
    boolean writes,
    @Nullable String secret,
    @Nullable String expected,
    boolean again) {
  /** Where the Secret is in the pod. */
  static final String SOURCE = "/drover/source";

  /** Where the ConfigMap is in the pod. */
  static final String EXPECTED = "/drover/expected";

  /** Digests a volume; names what differs from the digest in a ConfigMap. */
  static WorkerTask digest(String name, String expected) {
    return new WorkerTask("digest", name, "reads back", false, null, expected, false);
  }

  /**
   * Reads a disk from the address in the Secret of the same name and writes it in place.
   *
   * @param again whether an earlier attempt may have written some of it
   */
  static WorkerTask write(String name, boolean again) {
    return new WorkerTask("write", name, "writes", true, name, null, again);
  }

  /** Arguments beside the volume and its size. */
  List<String> more() {
    if (secret != null) {
      return again ? List.of("--source", SOURCE, "--again", "yes") : List.of("--source", SOURCE);
    }
    return expected == null ? List.of() : List.of("--expected", EXPECTED + "/" + SourceDigests.KEY);
  }
}
