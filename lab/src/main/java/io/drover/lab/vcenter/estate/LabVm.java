// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.LabGuestMarker;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimFault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine or template of the lab: its live state, for the API's methods and for tests to
 * look at and to meddle with.
 */
public final class LabVm extends LabEntity {
  private final GuestOs os;
  private final boolean tools;
  private final LabDatacenter datacenter;
  private final UUID biosUuid;
  private final UUID instanceUuid;
  private final String hostName;
  // read without the estate's lock, by the guest
  private final List<LabDisk> disks = new CopyOnWriteArrayList<>();
  private final List<LabNic> nics = new CopyOnWriteArrayList<>();
  private final VmConfig config;
  private final VmViews views;
  private final LabGuest guest;
  private final VmSnapshots snapshots;
  private final VmPower power;
  private LabHost host;
  private PowerState powerState = PowerState.POWERED_OFF;
  private boolean template;
  private boolean consolidationNeeded;
  private long freeBytes = -1;
  private String connection = "connected";
  private @Nullable String unquiet;
  private String manifestChecksum = "sha1";
  private @Nullable Instant bootTime;
  private @Nullable LabLease lease;
  private @Nullable LabResourcePool pool;

  LabVm(LabDatacenter datacenter, LabFolder folder, LabHost host, VmSpec spec) {
    super(
        datacenter.estate(),
        datacenter.estate().newRef("VirtualMachine", "vm-"),
        spec.name,
        folder);
    this.datacenter = datacenter;
    this.host = host;
    this.pool = host.cluster().pool();
    this.os = spec.os;
    this.tools = spec.tools;
    this.biosUuid = estate().newUuid();
    this.instanceUuid = estate().newUuid();
    this.hostName = os.windows() ? spec.name.toUpperCase(Locale.ROOT) : spec.name + ".corp.example";
    this.config = new VmConfig(this, spec);
    this.views = new VmViews(this);
    this.guest = new LabGuest(this);
    this.snapshots = new VmSnapshots(this);
    this.power = new VmPower(this);
    folder.add(this);
  }

  void add(LabDisk disk) {
    disks.add(disk);
  }

  void add(LabNic nic) {
    nics.add(nic);
  }

  void remove(LabNic nic) {
    nics.remove(nic);
  }

  // ---- what it is

  public GuestOs os() {
    return os;
  }

  public boolean tools() {
    return tools;
  }

  public LabDatacenter datacenter() {
    return datacenter;
  }

  public UUID biosUuid() {
    return biosUuid;
  }

  /** vCenter's identity of the virtual machine; the same for ever. */
  public UUID instanceUuid() {
    return instanceUuid;
  }

  /** The name the guest gives itself. */
  public String hostName() {
    return hostName;
  }

  /** Lets the guest say that each of its file systems has this much free; -1 for half of it. */
  public void freeBytes(long bytes) {
    estate()
        .locked(() -> {
          freeBytes = bytes;
          changed();
        });
  }

  long freeBytes() {
    return freeBytes;
  }

  /**
   * Lets vCenter lose the machine, or reach it again.
   *
   * @param state {@code connected}, {@code disconnected}, {@code orphaned}, {@code inaccessible} or
   *     {@code invalid}
   */
  public void connection(String state) {
    estate()
        .locked(() -> {
          connection = state;
          changed();
        });
  }

  String connection() {
    return connection;
  }

  /**
   * Lets the guest come to rest for no snapshot that is to be quiesced, as where a VSS writer or a
   * freeze script fails.
   *
   * @param fault {@code ApplicationQuiesceFault} or {@code FilesystemQuiesceFault}; null = it comes
   *     to rest again
   */
  public void unquiet(@Nullable String fault) {
    estate().locked(() -> unquiet = fault);
  }

  /** Which digest the manifests of its next exports have: sha1 unless said, or sha256. */
  public void manifestChecksum(String type) {
    estate().locked(() -> manifestChecksum = LabManifest.known(type));
  }

  String manifestChecksum() {
    return manifestChecksum;
  }

  @Nullable String unquiet() {
    return unquiet;
  }

  public List<LabDisk> disks() {
    return List.copyOf(disks);
  }

  public List<LabNic> nics() {
    return List.copyOf(nics);
  }

  /** The disk of that device key. */
  public @Nullable LabDisk disk(int key) {
    return disks().stream().filter(disk -> disk.key() == key).findFirst().orElse(null);
  }

  public LabHost host() {
    return host;
  }

  public @Nullable LabResourcePool pool() {
    return pool;
  }

  void place(@Nullable LabResourcePool newPool, LabHost newHost) {
    pool = newPool;
    host = newHost;
    changed();
  }

  // ---- how it is

  public PowerState powerState() {
    return estate().locked(() -> powerState);
  }

  public boolean poweredOn() {
    return powerState() == PowerState.POWERED_ON;
  }

  void power(PowerState state) {
    powerState = state;
    bootTime = state == PowerState.POWERED_ON ? Instant.now() : bootTime;
    for (LabNic nic : nics) {
      nic.connected(state == PowerState.POWERED_ON && nic.startConnected());
    }
    host.changed();
    changed();
  }

  @Nullable Instant bootTime() {
    return bootTime;
  }

  public boolean template() {
    return estate().locked(() -> template);
  }

  void template(boolean value) {
    template = value;
    config.bump();
  }

  public boolean consolidationNeeded() {
    return consolidationNeeded;
  }

  void consolidationNeeded(boolean value) {
    consolidationNeeded = value;
    changed();
  }

  /** The configuration: change version, extra configuration, devices. */
  public VmConfig config() {
    return config;
  }

  public LabGuest guest() {
    return guest;
  }

  public VmSnapshots snapshots() {
    return snapshots;
  }

  /** Power operations, as the API's methods and as a person at the console would do them. */
  public VmPower power() {
    return power;
  }

  /** What the guest wrote last, or null if it never ran. */
  public @Nullable LabGuestMarker lastMarker() {
    return guest.lastMarker();
  }

  // ---- export leases

  public @Nullable LabLease lease() {
    return estate().locked(() -> lease);
  }

  void lease(@Nullable LabLease held) {
    lease = held;
    changed();
  }

  void refuseTemplate(String operation) {
    if (template()) {
      throw VimFault.notSupported(operation + " is not possible: " + name() + " is a template.");
    }
  }

  @Override
  List<String> disabledMethods() {
    List<String> disabled = new ArrayList<>();
    if (template) {
      disabled.addAll(
          List.of(
              "PowerOnVM_Task",
              "CreateSnapshot_Task",
              "ExportVm",
              "MarkAsTemplate",
              "PowerOffVM_Task",
              "ResetVM_Task",
              "ShutdownGuest"));
    } else {
      disabled.add("MarkAsVirtualMachine");
      disabled.addAll(
          powerState == PowerState.POWERED_ON
              ? List.of("PowerOnVM_Task", "MarkAsTemplate", "ExportVm", "Destroy_Task")
              : List.of("PowerOffVM_Task", "ResetVM_Task", "ShutdownGuest", "RebootGuest"));
    }
    if (lease != null) {
      disabled.addAll(List.of("PowerOnVM_Task", "Destroy_Task", "ReconfigVM_Task", "ExportVm"));
    }
    return disabled.stream().distinct().sorted().toList();
  }

  @Override
  List<String> ownProperties() {
    return List.of(
        "capability",
        "config",
        "layout",
        "layoutEx",
        "storage",
        "environmentBrowser",
        "resourcePool",
        "parentVApp",
        "resourceConfig",
        "runtime",
        "guest",
        "summary",
        "datastore",
        "network",
        "snapshot",
        "rootSnapshot",
        "guestHeartbeatStatus");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "config" -> config.info();
      case "capability" -> views.capability();
      case "layoutEx" -> views.layoutEx();
      case "storage" -> views.storage();
      case "resourcePool" -> template || pool == null ? null : pool.ref();
      case "runtime" -> views.runtime();
      case "guest" -> views.guest();
      case "summary" -> views.summary();
      case "datastore" ->
          VimArray.refs(disks.stream().map(disk -> disk.datastore().ref()).distinct().toList());
      case "network" ->
          VimArray.refs(nics.stream().map(nic -> nic.network().ref()).distinct().toList());
      case "snapshot" -> snapshots.info();
      case "rootSnapshot" -> VimArray.refs(snapshots.rootRefs());
      case "guestHeartbeatStatus" ->
          new VimEnum(
              "ManagedEntityStatus",
              powerState == PowerState.POWERED_ON && tools ? "green" : "gray");
      default -> null;
    };
  }
}
