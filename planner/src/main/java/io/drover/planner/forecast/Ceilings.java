// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.forecast;

import io.drover.schemas.VmKey;
import java.util.HashMap;
import java.util.Map;

/**
 * What holds copies back: the one model of how fast a disk is copied. A MiB takes at least what one
 * disk takes alone; on a busy way it takes the sum of what it takes at each thing that it shares
 * with others, its share of each being one of all disks that are in flight there.
 *
 * @param diskMiBs the most one disk gets
 * @param way hosts of which nothing was learned, and what all hosts of a vCenter share
 * @param hosts the most each host gives, by {@link #at}
 * @param datastores the most each datastore gives, by {@link #at}; others hold nothing back
 * @param storageClasses the most each storage class takes in, by name; others hold nothing back
 */
public record Ceilings(
    double diskMiBs,
    SharedWay way,
    Map<String, Double> hosts,
    Map<String, Double> datastores,
    Map<String, Double> storageClasses) {
  /** The published figures of MTV's scale tests; 162 MiB/s is what one disk got. */
  public static final Ceilings PUBLISHED =
      new Ceilings(162, SharedWay.PUBLISHED, Map.of(), Map.of(), Map.of());

  public Ceilings {
    hosts = Map.copyOf(hosts);
    datastores = Map.copyOf(datastores);
    storageClasses = Map.copyOf(storageClasses);
  }

  /** The same where storage classes take in no more than somebody says. */
  public Ceilings within(Map<String, Double> said) {
    var classes = new HashMap<>(storageClasses);
    said.forEach((name, most) -> classes.merge(name, most, Math::min));
    return new Ceilings(diskMiBs, way, hosts, datastores, classes);
  }

  /** What a host or a datastore of the vCenter of a VM is called here. */
  public static String at(VmKey vm, String id) {
    return vm.vcenter() + "/" + id;
  }

  /**
   * Which way a disk takes.
   *
   * @param storageClass that it comes into, empty if that is not known
   */
  public record Route(String host, String datastore, String storageClass) {}

  /**
   * Disks in flight, the one in question among them: at least 1 each.
   *
   * @param all of the vCenter
   */
  public record Busy(double host, double datastore, double storageClass, double all) {}

  /** Seconds that a MiB takes a disk. */
  public double secondsPerMiB(Route route, Busy busy) {
    double shared =
        busy.host() / hosts.getOrDefault(route.host(), way.hostMiBs())
            + busy.all() / way.sharedMiBs()
            + busy.datastore()
                / datastores.getOrDefault(route.datastore(), Double.POSITIVE_INFINITY)
            + busy.storageClass()
                / storageClasses.getOrDefault(route.storageClass(), Double.POSITIVE_INFINITY);
    return Math.max(1 / diskMiBs, shared);
  }
}
