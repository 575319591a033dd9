// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.Map;

/**
 * One datastore.
 *
 * @param moref the datastore within its vCenter
 * @param name as in the inventory and in file paths
 * @param type such as {@code VMFS}, {@code NFS}, {@code NFS41}, {@code vsan}, {@code VVOL}
 * @param capacityBytes of all of it
 * @param freeBytes not taken
 * @param accessible whether at least one host reaches it
 * @param maintenanceMode {@code normal}, {@code enteringMaintenance}, {@code inMaintenance} or
 *     empty
 * @param url its identity across hosts
 */
public record DatastoreFacts(
    Moref moref,
    String name,
    String type,
    long capacityBytes,
    long freeBytes,
    boolean accessible,
    String maintenanceMode,
    String url) {

  static DatastoreFacts read(Moref moref, Map<String, VimData> values) {
    return new DatastoreFacts(
        moref,
        VmReader.unescape(values.getOrDefault("name", VimData.ABSENT).text()),
        values.getOrDefault("summary.type", VimData.ABSENT).text(),
        values.getOrDefault("summary.capacity", VimData.ABSENT).number(0),
        values.getOrDefault("summary.freeSpace", VimData.ABSENT).number(0),
        values.getOrDefault("summary.accessible", VimData.ABSENT).isTrue(),
        values.getOrDefault("summary.maintenanceMode", VimData.ABSENT).text(),
        values.getOrDefault("summary.url", VimData.ABSENT).text());
  }
}
