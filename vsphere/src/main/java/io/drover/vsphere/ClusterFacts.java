// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.HashMap;
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
 * @param dpm whether hosts that are not needed are powered off (Distributed Power Management)
 * @param highAvailability whether machines are restarted elsewhere
 * @param rules which machines shall be together, apart, or on certain hosts
 */
public record ClusterFacts(
    Moref moref,
    String name,
    boolean alone,
    List<Moref> hosts,
    boolean drs,
    boolean dpm,
    boolean highAvailability,
    List<Rule> rules) {

  /**
   * A rule between machines, or between machines and hosts.
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
      /** Keep on, or off, the hosts of a group. */
      HOSTS,
      /** Of another kind. */
      OTHER
    }
  }

  static ClusterFacts read(Moref moref, Map<String, VimData> values, Names names) {
    VimData configuration = values.getOrDefault("configurationEx", VimData.ABSENT);
    Map<String, List<Moref>> groups = new HashMap<>();
    configuration.each("group").forEach(group -> groups.put(group.text("name"), vms(group)));
    return new ClusterFacts(
        moref,
        VmReader.unescape(names.name(moref)),
        !moref.type().equals("ClusterComputeResource"),
        values.getOrDefault("host", VimData.ABSENT).morefs(),
        configuration.isTrue("drsConfig.enabled"),
        configuration.isTrue("dpmConfigInfo.enabled"),
        configuration.isTrue("dasConfig.enabled"),
        configuration
            .each("rule")
            .map(rule ->
                new Rule(
                    rule.text("name"),
                    switch (rule.type()) {
                      case "ClusterAffinityRuleSpec" -> Rule.Kind.TOGETHER;
                      case "ClusterAntiAffinityRuleSpec" -> Rule.Kind.APART;
                      case "ClusterVmHostRuleInfo" -> Rule.Kind.HOSTS;
                      default -> Rule.Kind.OTHER;
                    },
                    rule.isTrue("enabled"),
                    rule.isTrue("mandatory"),
                    groups.getOrDefault(rule.text("vmGroupName"), vms(rule))))
            .toList());
  }

  private static List<Moref> vms(VimData of) {
    return of.each("vm").flatMap(vm -> vm.moref().stream()).toList();
  }
}
