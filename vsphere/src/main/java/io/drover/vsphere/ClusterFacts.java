// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.List;
import java.util.Map;

/**
 * One cluster, or the pseudo-cluster that vCenter makes for a host on its own.
 *
 * @param moref the cluster within its vCenter
 * @param name as in the inventory
 * @param alone whether it is only a host on its own
 * @param hosts its members
 * @param drs whether load is balanced automatically
 * @param highAvailability whether machines are restarted elsewhere
 * @param rules which machines shall be together or apart
 */
public record ClusterFacts(
    Moref moref,
    String name,
    boolean alone,
    List<Moref> hosts,
    boolean drs,
    boolean highAvailability,
    List<Rule> rules) {

  /**
   * A rule between machines.
   *
   * @param name given by people
   * @param kind what it asks for
   * @param enabled whether it is in force
   * @param mandatory whether it must hold
   * @param vms that it names
   */
  public record Rule(String name, Kind kind, boolean enabled, boolean mandatory, List<Moref> vms) {
    /** What a rule asks for. */
    public enum Kind {
      /** Keep together on one host. */
      TOGETHER,
      /** Keep on different hosts. */
      APART,
      /** Between a group of machines and a group of hosts, or of another kind. */
      OTHER
    }
  }

  static ClusterFacts read(Moref moref, Map<String, VimData> values, Names names) {
    VimData configuration = values.getOrDefault("configuration", VimData.ABSENT);
    return new ClusterFacts(
        moref,
        VmReader.unescape(names.name(moref)),
        !moref.type().equals("ClusterComputeResource"),
        values.getOrDefault("host", VimData.ABSENT).morefs(),
        configuration.isTrue("drsConfig.enabled"),
        configuration.isTrue("dasConfig.enabled"),
        configuration
            .each("rule")
            .map(rule ->
                new Rule(
                    rule.text("name"),
                    switch (rule.type()) {
                      case "ClusterAffinityRuleSpec" -> Rule.Kind.TOGETHER;
                      case "ClusterAntiAffinityRuleSpec" -> Rule.Kind.APART;
                      default -> Rule.Kind.OTHER;
                    },
                    rule.isTrue("enabled"),
                    rule.isTrue("mandatory"),
                    rule.each("vm").flatMap(vm -> vm.moref().stream()).toList()))
            .toList());
  }
}
