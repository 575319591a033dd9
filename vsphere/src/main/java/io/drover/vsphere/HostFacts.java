// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One ESXi host.
 *
 * @param moref the host within its vCenter
 * @param name as in the inventory
 * @param cluster that it belongs to, if known
 * @param clusterName its name
 * @param hardware what it is made of
 * @param connectionState {@code connected}, {@code disconnected} or {@code notResponding}
 * @param powerState {@code poweredOn}, {@code poweredOff}, {@code standBy} or {@code unknown}
 * @param maintenance whether it is in maintenance mode
 * @param version of ESXi
 * @param build of ESXi
 * @param datastores that it mounts
 * @param networks that it offers
 */
public record HostFacts(
    Moref moref,
    String name,
    Optional<Moref> cluster,
    String clusterName,
    Hardware hardware,
    String connectionState,
    String powerState,
    boolean maintenance,
    String version,
    String build,
    List<Moref> datastores,
    List<Moref> networks) {

  /**
   * What a host is made of.
   *
   * @param vendor of the server
   * @param model of the server
   * @param cpuModel as the processor calls itself
   * @param sockets processor packages
   * @param cores of all sockets
   * @param threads of all cores
   * @param mhz of one core
   * @param memoryBytes of the host
   */
  public record Hardware(
      String vendor,
      String model,
      String cpuModel,
      int sockets,
      int cores,
      int threads,
      int mhz,
      long memoryBytes) {}

  static HostFacts read(Moref moref, Map<String, VimData> values, Names names) {
    VimData hardware = values.getOrDefault("summary.hardware", VimData.ABSENT);
    VimData product = values.getOrDefault("summary.config.product", VimData.ABSENT);
    Optional<Moref> cluster = names.parent(moref);
    return new HostFacts(
        moref,
        VmReader.unescape(values.getOrDefault("name", VimData.ABSENT).text()),
        cluster,
        cluster.map(names::name).map(VmReader::unescape).orElse(""),
        new Hardware(
            hardware.text("vendor"),
            hardware.text("model"),
            hardware.text("cpuModel"),
            (int) hardware.number("numCpuPkgs"),
            (int) hardware.number("numCpuCores"),
            (int) hardware.number("numCpuThreads"),
            (int) hardware.number("cpuMhz"),
            hardware.number("memorySize")),
        values.getOrDefault("runtime.connectionState", VimData.ABSENT).text(),
        values.getOrDefault("runtime.powerState", VimData.ABSENT).text(),
        values.getOrDefault("runtime.inMaintenanceMode", VimData.ABSENT).isTrue(),
        product.text("version"),
        product.text("build"),
        values.getOrDefault("datastore", VimData.ABSENT).morefs(),
        values.getOrDefault("network", VimData.ABSENT).morefs());
  }
}
