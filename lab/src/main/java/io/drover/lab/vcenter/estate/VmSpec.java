// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a virtual machine shall be, said piece by piece; {@link #add()} makes it. */
public final class VmSpec {
  private final EstateBuilder builder;
  final String name;
  final List<DiskSpec> disks = new ArrayList<>();
  final List<NicSpec> nics = new ArrayList<>();
  final Map<String, String> attributes = new LinkedHashMap<>();
  final Map<String, String> tags = new LinkedHashMap<>();
  final Map<String, String> extraConfig = new LinkedHashMap<>();
  GuestOs os = GuestOs.RHEL_9;
  String folder = "";
  String annotation = "";
  @Nullable LabHost host;
  int cpus = 2;
  int coresPerSocket = 1;
  int memoryMib = 4096;
  boolean efi = true;
  boolean secureBoot;
  boolean tpm;
  boolean tools = true;
  boolean changeTracking;
  boolean poweredOn = true;
  boolean template;
  @Nullable String snapshot;

  /** A network card: what it is on, its kind, and the guest's address there ("" for none). */
  record NicSpec(LabNetwork network, String type, String ip) {}

  VmSpec(EstateBuilder builder, String name) {
    this.builder = builder;
    this.name = name;
  }

  public VmSpec os(GuestOs guest) {
    os = guest;
    return this;
  }

  /** Path of folders below the datacenter's VM folder, separated by slashes. */
  public VmSpec folder(String path) {
    folder = path;
    return this;
  }

  public VmSpec note(String text) {
    annotation = text;
    return this;
  }

  public VmSpec on(LabHost where) {
    host = where;
    return this;
  }

  public VmSpec cpus(int count, int perSocket) {
    cpus = count;
    coresPerSocket = perSocket;
    return this;
  }

  public VmSpec memoryMib(int size) {
    memoryMib = size;
    return this;
  }

  public VmSpec bios() {
    efi = false;
    secureBoot = false;
    return this;
  }

  public VmSpec secureBoot() {
    efi = true;
    secureBoot = true;
    return this;
  }

  public VmSpec tpm() {
    tpm = true;
    return this;
  }

  public VmSpec withoutTools() {
    tools = false;
    return this;
  }

  public VmSpec changeTracking() {
    changeTracking = true;
    return this;
  }

  public VmSpec poweredOff() {
    poweredOn = false;
    return this;
  }

  public VmSpec template() {
    template = true;
    poweredOn = false;
    return this;
  }

  /** Has a snapshot of that name from before our time. */
  public VmSpec withSnapshot(String snapshotName) {
    snapshot = snapshotName;
    return this;
  }

  public VmSpec disk(DiskSpec disk) {
    disks.add(disk);
    return this;
  }

  /** A network card; type is VirtualVmxnet3, VirtualE1000 or VirtualE1000e. */
  public VmSpec nic(LabNetwork network, String type, String ip) {
    nics.add(new NicSpec(network, type, ip));
    return this;
  }

  public VmSpec attribute(String attribute, String value) {
    attributes.put(attribute, value);
    return this;
  }

  /** A tag, by the name of its category. */
  public VmSpec tag(String category, String tag) {
    tags.put(category, tag);
    return this;
  }

  public VmSpec extra(String key, String value) {
    extraConfig.put(key, value);
    return this;
  }

  /** Makes the virtual machine, running if it was said so. */
  public LabVm add() {
    return builder.add(this);
  }
}
