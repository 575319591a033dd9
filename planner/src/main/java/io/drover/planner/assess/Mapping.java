// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How one machine is to be moved, as settings and overrides say.
 *
 * @param storage storage class per disk
 * @param networks target network per network card
 */
public record Mapping(
    Way way,
    Transfer transfer,
    boolean compatibility,
    String namespace,
    Map<Integer, String> storage,
    Map<Integer, MigrationSpec.TargetNic> networks) {
  private static final PlanSettings.VmOverride NOTHING =
      new PlanSettings.VmOverride(null, null, null, null, Map.of(), null, List.of(), null, null);

  public Mapping {
    storage = Map.copyOf(storage);
    networks = Map.copyOf(networks);
  }

  /** What is different for this machine. */
  public static PlanSettings.VmOverride override(Inventory.Vm vm, PlanSettings settings) {
    return settings.overrides().getOrDefault(vm.name(), NOTHING);
  }

  /** The mapping of {@code vm}; what is mapped to nothing is not in it. */
  public static Mapping of(Inventory.Vm vm, PlanSettings settings) {
    PlanSettings.VmOverride override = override(vm, settings);
    var storage = new TreeMap<Integer, String>();
    for (Inventory.Disk disk : vm.disks()) {
      String to =
          override.storageClass() != null
              ? override.storageClass()
              : settings.storage().getOrDefault(disk.datastore(), settings.storage().get("*"));
      if (to != null) {
        storage.put(disk.deviceKey(), to);
      }
    }
    var networks = new TreeMap<Integer, MigrationSpec.TargetNic>();
    for (Inventory.Nic nic : vm.nics()) {
      String own = mapped(nic, override.networks());
      String to = own != null ? own : mapped(nic, settings.networks());
      if (to != null) {
        networks.put(nic.deviceKey(), new MigrationSpec.TargetNic(to));
      }
    }
    return new Mapping(
        override.way() != null ? override.way() : settings.way(),
        settings.transfer(),
        override.compatibility() != null ? override.compatibility() : settings.compatibility(),
        override.namespace() != null ? override.namespace() : settings.namespace(),
        storage,
        networks);
  }

  private static @Nullable String mapped(Inventory.Nic nic, Map<String, String> networks) {
    return networks.getOrDefault(nic.networkName(), networks.get("*"));
  }
}
