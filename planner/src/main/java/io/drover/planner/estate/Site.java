// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Sayings;
import java.util.List;
import java.util.Map;

/**
 * How much there is of everything that copies and cutovers share.
 *
 * @param limits slots, as dispatch gives them where nothing else is said of a vCenter
 * @param conversionPods guest conversions at once
 * @param linkMiBs what the way from the source to the target carries, MiB/s, 0 = not known
 * @param ingestMiBs what the target storage takes in after replication, MiB/s, 0 = not known
 * @param storageGiB free space of the target in GiB of guest data, after replicas and room for
 *     snapshots, 0 = not known
 * @param memoryGiB memory of the target that is free for guests, 0 = not known
 * @param teams people of a team that can stand by at once
 * @param vcenters slots of the vCenters of which something else is said, by instance UUID
 * @param pools what else of the target machines take and keep
 */
public record Site(
    Limits limits,
    int conversionPods,
    int linkMiBs,
    int ingestMiBs,
    int storageGiB,
    int memoryGiB,
    Map<String, Integer> teams,
    Map<String, Limits> vcenters,
    List<Pool> pools) {
  /** A site of which nothing is known but the slots. */
  public static final Site DEFAULT = new Site(Limits.DEFAULT, 20, 0, 0, 0, 0, Map.of(), Map.of());

  public Site {
    teams = Map.copyOf(teams);
    vcenters = Map.copyOf(vcenters);
    pools = List.copyOf(pools);
  }

  /** A site whose target shows no more of its room. */
  public Site(
      Limits limits,
      int conversionPods,
      int linkMiBs,
      int ingestMiBs,
      int storageGiB,
      int memoryGiB,
      Map<String, Integer> teams,
      Map<String, Limits> vcenters) {
    this(
        limits,
        conversionPods,
        linkMiBs,
        ingestMiBs,
        storageGiB,
        memoryGiB,
        teams,
        vcenters,
        List.of());
  }

  /** What both the link and the target carry, MiB/s, 0 = not known. */
  public int throughputMiBs() {
    if (linkMiBs == 0 || ingestMiBs == 0) {
      return Math.max(linkMiBs, ingestMiBs);
    }
    return Math.min(linkMiBs, ingestMiBs);
  }

  /**
   * The same with what somebody says of its capacity; 0 leaves what was known. Whoever says how
   * much space there is knows it better than what was seen behind storage classes.
   */
  public Site with(Sayings.Capacity said) {
    return new Site(
        limits,
        said.conversionPods() > 0 ? said.conversionPods() : conversionPods,
        said.linkMiBs() > 0 ? said.linkMiBs() : linkMiBs,
        said.ingestMiBs() > 0 ? said.ingestMiBs() : ingestMiBs,
        said.storageGiB() > 0 ? said.storageGiB() : storageGiB,
        said.memoryGiB() > 0 ? said.memoryGiB() : memoryGiB,
        said.teams() == null ? teams : said.teams(),
        vcenters,
        said.storageGiB() > 0
            ? pools.stream().filter(pool -> pool.what() != Pool.Taken.HELD).toList()
            : pools);
  }

  /** The same with other limits. */
  public Site with(Limits other) {
    return with(other, vcenters);
  }

  /** The same with other limits, and with those that are in force at some vCenters. */
  public Site with(Limits other, Map<String, Limits> inForce) {
    return new Site(
        other, conversionPods, linkMiBs, ingestMiBs, storageGiB, memoryGiB, teams, inForce, pools);
  }

  /** The same with the room that a cluster shows. */
  public Site with(TargetRoom room) {
    return new Site(
        limits,
        conversionPods,
        linkMiBs,
        ingestMiBs,
        storageGiB,
        room.memoryGiB(),
        teams,
        vcenters,
        room.pools());
  }

  /**
   * The same with room for everything: of what stands, a part is there already and has its room.
   */
  public Site roomy() {
    return new Site(limits, conversionPods, linkMiBs, ingestMiBs, 0, 0, teams, vcenters, List.of());
  }

  /** The slots of a vCenter. */
  public Limits limitsOf(String vcenter) {
    return vcenters.getOrDefault(vcenter, limits);
  }
}
