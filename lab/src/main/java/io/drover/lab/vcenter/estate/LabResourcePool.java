// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The root resource pool of a cluster: where virtual machines run, and what a template is without.
 */
public final class LabResourcePool extends LabEntity {
  private final LabCluster cluster;

  LabResourcePool(LabCluster cluster) {
    super(
        cluster.estate(),
        cluster.estate().newRef("ResourcePool", "resgroup-"),
        "Resources",
        cluster);
    this.cluster = cluster;
  }

  public LabCluster cluster() {
    return cluster;
  }

  @Override
  List<String> ownProperties() {
    return List.of(
        "summary",
        "runtime",
        "owner",
        "resourcePool",
        "vm",
        "config",
        "namespace",
        "childConfiguration");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "owner" -> cluster.ref();
      case "resourcePool" -> VimArray.refs(List.of());
      case "vm" ->
          VimArray.refs(
              estate().vms().stream()
                  .filter(vm -> !vm.template() && vm.host().cluster() == cluster)
                  .map(LabEntity::ref)
                  .toList());
      case "summary" ->
          VimObject.sub("ResourcePoolSummary")
              .with("name", name())
              .with("config", config())
              .with("runtime", runtime())
              .with("configuredMemoryMB", 0);
      case "runtime" -> runtime();
      case "config" -> config();
      default -> null;
    };
  }

  private VimObject runtime() {
    VimObject usage =
        VimObject.of("ResourcePoolResourceUsage")
            .with("reservationUsed", 0L)
            .with("reservationUsedForVm", 0L)
            .with("unreservedForPool", 100_000L)
            .with("unreservedForVm", 100_000L)
            .with("overallUsage", 0L)
            .with("maxUsage", 100_000L);
    return VimObject.of("ResourcePoolRuntimeInfo")
        .with("memory", usage)
        .with("cpu", usage)
        .with("overallStatus", new VimEnum("ManagedEntityStatus", "green"));
  }

  private VimObject config() {
    VimObject allocation =
        VimObject.of("ResourceAllocationInfo")
            .with("reservation", 0L)
            .with("expandableReservation", true)
            .with("limit", -1L);
    return VimObject.of("ResourceConfigSpec")
        .with("entity", ref())
        .with("cpuAllocation", allocation)
        .with("memoryAllocation", allocation);
  }
}
