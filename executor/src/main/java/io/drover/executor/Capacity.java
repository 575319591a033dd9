// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.executor.DispatchState.Claim;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Slot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the slots of a vCenter load, and whether one more fits: disks of a host, of a datastore, of
 * a storage class and of the vCenter, and cutovers. A VM with more disks than a limit counts as the
 * whole limit: it goes when it has that resource to itself, otherwise it could never go.
 */
final class Capacity {
  private static final String VCENTER = "vcenter";
  private static final String CUTOVERS = "cutovers";

  private final Limits limits;
  private final Map<String, Integer> used = new TreeMap<>();

  Capacity(Limits limits, List<Claim> given) {
    this.limits = limits;
    given.forEach(this::take);
  }

  /** Whether the claim fits into what is left. */
  boolean fits(Claim claim) {
    return loads(claim).entrySet().stream()
        .allMatch(e -> used.getOrDefault(e.getKey(), 0) + e.getValue() <= limit(e.getKey()));
  }

  /** Counts the claim, whether it fits or only waits in front of others. */
  void take(Claim claim) {
    loads(claim).forEach((resource, load) -> used.merge(resource, load, Integer::sum));
  }

  /** Load in use per resource, for invariants and people. */
  Map<String, Integer> used() {
    return used;
  }

  /** How much of a resource there is. */
  int limit(String resource) {
    int most =
        switch (resource.substring(
            0, resource.indexOf(':') < 0 ? resource.length() : resource.indexOf(':'))) {
          case "host" -> limits.disksPerHost();
          case "datastore" -> limits.disksPerDatastore();
          case "class" -> limits.disksPerStorageClass();
          case VCENTER -> limits.disksPerVCenter();
          case CUTOVERS -> limits.cutovers();
          default -> throw new IllegalArgumentException("No limit is known for " + resource);
        };
    return Math.max(1, most);
  }

  private Map<String, Integer> loads(Claim claim) {
    var loads = new TreeMap<String, Integer>();
    if (claim.slot() == Slot.CUTOVER) {
      loads.put(CUTOVERS, 1);
      return loads;
    }
    // A VM without disks is refused long before, but must not count as nothing here.
    int disks = Math.max(1, claim.load().disks());
    loads.put(VCENTER, disks);
    loads.put("host:" + claim.load().host(), disks);
    claim.load().datastores().forEach(d -> loads.merge("datastore:" + d, 1, Integer::sum));
    claim.load().storageClasses().forEach(c -> loads.merge("class:" + c, 1, Integer::sum));
    loads.replaceAll((resource, load) -> Math.min(load, limit(resource)));
    return loads;
  }
}
