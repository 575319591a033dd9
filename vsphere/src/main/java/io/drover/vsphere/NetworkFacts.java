// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One network that cards can be plugged into.
 *
 * @param moref the network within its vCenter
 * @param name as in the inventory
 * @param kind which of vSphere's three kinds
 * @param vlan the VLAN id, a list of ranges for a trunk such as {@code 0-4094}, {@code pvlan 17},
 *     or empty for none or unknown
 * @param distributedSwitch that it belongs to
 */
public record NetworkFacts(
    Moref moref, String name, Kind kind, String vlan, Optional<Moref> distributedSwitch) {
  /** vSphere's kinds of networks. */
  public enum Kind {
    /** A port group of each host's own switch. */
    STANDARD,
    /** A port group of a distributed switch. */
    DISTRIBUTED,
    /** Managed outside of vSphere, as by NSX. */
    OPAQUE
  }

  static NetworkFacts read(
      Moref moref, Map<String, VimData> values, Map<String, String> standardVlans) {
    String name = values.getOrDefault("name", VimData.ABSENT).text();
    Kind kind =
        switch (moref.type()) {
          case "DistributedVirtualPortgroup" -> Kind.DISTRIBUTED;
          case "OpaqueNetwork" -> Kind.OPAQUE;
          default -> Kind.STANDARD;
        };
    String vlan =
        kind == Kind.DISTRIBUTED
            ? vlan(values.getOrDefault("config.defaultPortConfig", VimData.ABSENT).at("vlan"))
            : standardVlans.getOrDefault(name, "");
    return new NetworkFacts(
        moref,
        VmReader.unescape(name),
        kind,
        vlan.equals("0") ? "" : vlan,
        values.getOrDefault("config.distributedVirtualSwitch", VimData.ABSENT).moref());
  }

  private static String vlan(VimData spec) {
    return switch (spec.type()) {
      case "VmwareDistributedVirtualSwitchTrunkVlanSpec" ->
          spec.each("vlanId")
              .map(range -> range.text("start") + "-" + range.text("end"))
              .collect(Collectors.joining(","));
      case "VmwareDistributedVirtualSwitchPvlanSpec" -> "pvlan " + spec.text("pvlanId");
      default -> spec.text("vlanId");
    };
  }
}
