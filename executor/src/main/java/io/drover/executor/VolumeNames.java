// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.ClusterMarks;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of what a journey makes in the cluster: derived from the spec alone, so that a restart,
 * a second attempt of a step and a search with Kafka gone all find the same objects. Every name is
 * a DNS label (at most 63 characters).
 */
public final class VolumeNames {
  private static final int LABEL = 63;

  /** A name of a later generation. */
  private static final Pattern LATER = Pattern.compile(".*-g([1-9][0-9]{0,8})");

  private VolumeNames() {}

  /** Eight hex digits that tell the objects of one migration from those of another. */
  public static String shortId(MigrationSpec spec) {
    return ClusterMarks.hash(spec.id().value(), 8);
  }

  /** The PersistentVolumeClaim that the copy of a disk lands in. */
  public static String of(MigrationSpec spec, int deviceKey) {
    return named(spec, "-" + deviceKey + "-" + shortId(spec));
  }

  /** The same, of a later generation: made from the snapshot after a conversion failed. */
  public static String of(MigrationSpec spec, int deviceKey, int generation) {
    return generation == 0
        ? of(spec, deviceKey)
        : named(spec, "-" + deviceKey + "-" + shortId(spec) + "-g" + generation);
  }

  /** Whether a claim of this name is the volume of one of the disks, of whatever generation. */
  public static boolean names(MigrationSpec spec, String claim) {
    Matcher later = LATER.matcher(claim);
    return all(spec, later.matches() ? Integer.parseInt(later.group(1)) : 0).containsValue(claim);
  }

  /** The volumes of a generation per disk device key, in the order of the keys. */
  public static Map<Integer, String> all(MigrationSpec spec, int generation) {
    var names = new TreeMap<Integer, String>();
    for (Inventory.Disk disk : spec.source().disks()) {
      names.put(disk.deviceKey(), of(spec, disk.deviceKey(), generation));
    }
    return Collections.unmodifiableMap(names);
  }

  /**
   * The volume snapshot of a disk.
   *
   * @param seal 0 for the first seal, one more for each that was taken anew: a snapshot asked for
   *     before could otherwise land late and be taken for one of the new copy
   */
  public static String snapshot(MigrationSpec spec, int deviceKey, int seal) {
    return named(
        spec, "-" + deviceKey + "-" + shortId(spec) + "-snap" + (seal == 0 ? "" : "" + seal));
  }

  /** The guest conversion Job of a generation. */
  public static String job(MigrationSpec spec, int generation) {
    return named(spec, "-v2v-" + shortId(spec) + "-g" + generation);
  }

  private static String named(MigrationSpec spec, String tail) {
    // A dot is legal in a VM's name but not in a label, and the target's name may be a subdomain.
    String head = spec.target().name().replace('.', '-');
    if (head.length() + tail.length() > LABEL) {
      head = head.substring(0, LABEL - tail.length());
      while (head.endsWith("-")) {
        head = head.substring(0, head.length() - 1);
      }
    }
    return head + tail;
  }
}
