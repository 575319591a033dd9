// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.drover.lab.conformance.VSphereTarget.Feature;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.Inventory;
import io.drover.vsphere.InventoryView;
import io.drover.vsphere.InventoryWatch;
import io.drover.vsphere.Moref;
import io.drover.vsphere.NicSetting;
import io.drover.vsphere.ObjectChange;
import io.drover.vsphere.PowerState;
import io.drover.vsphere.Privileges;
import io.drover.vsphere.Reconfiguration;
import io.drover.vsphere.SnapshotNode;
import io.drover.vsphere.Snapshots;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.drover.vsphere.VSphereFault;
import io.drover.vsphere.VSphereFault.Kind;
import io.drover.vsphere.VirtualMachines;
import io.drover.vsphere.VmFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.Channels;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the vSphere client and a vCenter must do together. It runs unchanged against the lab's
 * vCenter and against other simulators, so that the lab is proved by a peer that we did not write.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class VSphereConformance {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MIB = 1024 * 1024;

  private VSphereTarget target;
  private VSphere vsphere;
  private VirtualMachines machines;
  private Snapshots snapshots;
  private Moref running;
  private Moref stopped;

  /** Starts the vCenter to try; closed by the suite. */
  protected abstract VSphereTarget target() throws Exception;

  @BeforeAll
  void connect() throws Exception {
    target = target();
    vsphere = VSphere.connect(target.endpoint());
    machines = vsphere.machines();
    snapshots = vsphere.snapshots();
    running = only(machines.byName(target.runningVm()));
    stopped = only(machines.byName(target.stoppedVm()));
  }

  @AfterAll
  void disconnect() throws Exception {
    if (vsphere != null) {
      vsphere.close();
    }
    if (target != null) {
      target.close();
    }
  }

  private static Moref only(List<Moref> found) {
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static VSphereFault faultOf(Callable<?> call) {
    VSphereFault fault = catchThrowableOfType(VSphereFault.class, call::call);
    assertThat(fault).as("a VSphereFault").isNotNull();
    return fault;
  }

  private static VSphereFault faultOf(Runnable call) {
    return faultOf(() -> {
      call.run();
      return null;
    });
  }

  private VSphereEndpoint with(Trust trust) {
    VSphereEndpoint right = target.endpoint();
    return new VSphereEndpoint(
        right.url(), right.user(), right.password(), trust, right.timeouts());
  }

  // --- connecting

  @Test
  void saysWhichVCenterItIs() {
    assertThat(vsphere.about().isVirtualCenter()).isTrue();
    assertThat(vsphere.about().instanceUuid()).isNotEmpty();
    assertThat(vsphere.about().apiVersion()).matches("[0-9]+\\.[0-9]+.*");
    assertThat(vsphere.currentTime()).isAfter(Instant.parse("2020-01-01T00:00:00Z"));
  }

  @Test
  void refusesAWrongPassword() {
    VSphereEndpoint right = target.endpoint();
    VSphereEndpoint wrong =
        new VSphereEndpoint(
            right.url(),
            right.user(),
            () -> "not the password".toCharArray(),
            right.trust(),
            right.timeouts());

    VSphereFault fault = faultOf(() -> VSphere.connect(wrong));

    assertThat(fault.kind()).isEqualTo(Kind.INVALID_LOGIN);
    assertThat(fault.remedy()).contains("password");
    assertThat(fault.getMessage()).doesNotContain("not the password");
  }

  @Test
  void refusesAnotherCertificateAndSaysWhichItSaw() {
    String seen = ((Trust.Thumbprint) target.endpoint().trust()).hex();
    String another = "AB".repeat(seen.length() / 2);

    VSphereFault fault = faultOf(() -> VSphere.connect(with(Trust.thumbprint(another))));

    assertThat(fault.kind()).isEqualTo(Kind.CERTIFICATE);
    assertThat(fault.getMessage().replace(":", "")).contains(seen).contains(another);
  }

  @Test
  void refusesACertificateThatTheSystemDoesNotTrust() {
    VSphereFault fault = faultOf(() -> VSphere.connect(with(Trust.system())));

    assertThat(fault.kind()).isEqualTo(Kind.CERTIFICATE);
    assertThat(fault.remedy()).contains("thumbprint");
  }

  @Test
  void saysWhenNobodyIsThere() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    VSphereEndpoint right = target.endpoint();
    VSphereEndpoint nobody =
        new VSphereEndpoint(
            URI.create("https://127.0.0.1:" + free),
            right.user(),
            right.password(),
            right.trust(),
            right.timeouts());

    VSphereFault fault = faultOf(() -> VSphere.connect(nobody));

    assertThat(fault.kind()).isEqualTo(Kind.UNREACHABLE);
    assertThat(fault.remedy()).isNotEmpty();
  }

  @Test
  void logsInAgainWhenTheSessionEnded() throws Exception {
    try (VSphere session = VSphere.connect(target.endpoint())) {
      long before = session.logins();
      target.endAllSessions();

      session.snapshots().of(running);
      assertThat(session.machines().byInstanceUuid("no-such-machine")).isEmpty();

      assertThat(session.logins()).isGreaterThan(before);
    }
  }

  @Test
  void servesSixteenThreadsAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        Moref vm = i % 2 == 0 ? running : stopped;
        all.add(
            threads.submit(() -> {
              String name = "";
              for (int round = 0; round < 10; round++) {
                name = machines.facts(vm).name();
              }
              return name;
            }));
      }
      for (int i = 0; i < 16; i++) {
        assertThat(all.get(i).get(60, TimeUnit.SECONDS))
            .isEqualTo(i % 2 == 0 ? target.runningVm() : target.stoppedVm());
      }
    }
  }

  // --- inventory

  @Test
  void readsTheWholeInventoryInPages() {
    int pages = 0;
    Set<Moref> seen = new HashSet<>();
    try (InventoryWatch watch = vsphere.inventory().watch(new Inventory.Options(5, any -> true))) {
      InventoryWatch.Batch batch;
      do {
        batch = watch.next(Duration.ofSeconds(5));
        pages++;
        assertThat(batch.changes().size()).isLessThanOrEqualTo(5);
        for (ObjectChange change : batch.changes()) {
          assertThat(change.kind()).isEqualTo(ObjectChange.Kind.ENTER);
          assertThat(seen.add(change.moref())).as("%s once", change.moref()).isTrue();
        }
      } while (batch.truncated());
      InventoryView view = watch.view();

      assertThat(pages).isGreaterThan(1);
      assertThat(seen).contains(running, stopped);
      assertThat(view.hosts()).isNotEmpty();
      assertThat(view.clusters()).isNotEmpty();
      assertThat(view.datastores()).isNotEmpty().allMatch(each -> each.capacityBytes() > 0);
      assertThat(view.networks()).isNotEmpty();
    }
  }

  @Test
  void tellsEverythingAboutAMachine() {
    InventoryView view = vsphere.inventory().read(Duration.ofSeconds(60));

    VmFacts vm = view.vm(running).orElseThrow();

    assertThat(vm.name()).isEqualTo(target.runningVm());
    assertThat(vm.identity().instanceUuid()).matches("[0-9a-f-]{36}");
    assertThat(vm.identity().biosUuid()).matches("[0-9a-f-]{36}");
    assertThat(vm.identity().changeVersion()).isNotEmpty();
    assertThat(vm.identity().template()).isFalse();
    assertThat(vm.placement().datacenter()).isNotEmpty();
    assertThat(vm.placement().hostName()).isNotEmpty();
    assertThat(vm.placement().clusterName()).isNotEmpty();
    assertThat(vm.placement().resourcePool()).isPresent();
    assertThat(vm.runtime().powerState()).isEqualTo(PowerState.ON);
    assertThat(vm.hardware().cpus()).isPositive();
    assertThat(vm.hardware().memoryMib()).isPositive();
    assertThat(vm.hardware().boot().firmware()).isIn("bios", "efi");
    assertThat(vm.guest().guestId()).isNotEmpty();
    assertThat(vm.disks()).isNotEmpty();
    assertThat(vm.disks().getFirst().capacityBytes()).isGreaterThanOrEqualTo(8L * MIB);
    assertThat(vm.disks().getFirst().datastoreName()).isNotEmpty();
    assertThat(vm.disks().getFirst().slot().bus()).isNotEqualTo(VmFacts.Bus.OTHER);
    assertThat(vm.disks().getFirst().uuid()).isNotEmpty();
    assertThat(vm.nics()).isNotEmpty();
    assertThat(vm.nics().getFirst().mac()).matches("([0-9a-f]{2}:){5}[0-9a-f]{2}");
    assertThat(vm.nics().getFirst().networkName()).isNotEmpty();
    assertThat(vm.nics().getFirst().connected()).isTrue();
  }

  @Test
  void findsAMachineByItsInstanceUuid() {
    String uuid = machines.facts(stopped).identity().instanceUuid();

    assertThat(machines.byInstanceUuid(uuid)).contains(stopped);
    assertThat(machines.byInstanceUuid("00000000-0000-0000-0000-000000000000")).isEmpty();
  }

  @Test
  void wakesAWaitingCallWhenSomethingChanges() throws Exception {
    try (InventoryWatch watch = vsphere.inventory().watch();
        ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
      drain(watch);
      String value = "v" + System.nanoTime();
      Future<Boolean> told =
          other.submit(() -> {
            Instant end = Instant.now().plus(SOON);
            while (Instant.now().isBefore(end)) {
              for (ObjectChange change : watch.next(Duration.ofSeconds(20)).changes()) {
                if (change.moref().equals(stopped)
                    && change.changed().containsKey("config.changeVersion")) {
                  return value.equals(
                      watch
                          .view()
                          .vm(stopped)
                          .orElseThrow()
                          .notes()
                          .extraConfig()
                          .get("drover.wake"));
                }
              }
            }
            return false;
          });

      machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.wake", value), null, SOON);

      assertThat(told.get(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.wake", ""), null, SOON);
    }
  }

  @Test
  void readsAgainWhatTheServerForgot() throws Exception {
    try (VSphere session = VSphere.connect(target.endpoint());
        InventoryWatch watch = session.inventory().watch()) {
      drain(watch);
      int before = watch.view().vms().size();
      target.endAllSessions();

      InventoryWatch.Batch batch = watch.next(Duration.ofSeconds(2));
      boolean restarted = batch.restarted();
      List<ObjectChange> changes = new ArrayList<>(batch.changes());
      while (batch.truncated()) {
        batch = watch.next(Duration.ofSeconds(2));
        changes.addAll(batch.changes());
      }

      assertThat(restarted).isTrue();
      assertThat(changes)
          .as("nothing is told twice, and nothing left")
          .noneMatch(change -> change.kind() != ObjectChange.Kind.MODIFY);
      assertThat(watch.view().vms()).hasSize(before);
    }
  }

  private static void drain(InventoryWatch watch) {
    while (watch.next(Duration.ofSeconds(2)).truncated()) {
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  // --- power

  @Test
  void powersOnAndOff() {
    machines.powerOn(stopped, SOON);
    assertThat(machines.powerState(stopped)).isEqualTo(PowerState.ON);
    assertThat(faultOf(() -> machines.powerOn(stopped, SOON)).kind())
        .isEqualTo(Kind.INVALID_POWER_STATE);

    machines.powerOff(stopped, SOON);

    assertThat(machines.powerState(stopped)).isEqualTo(PowerState.OFF);
    assertThat(faultOf(() -> machines.powerOff(stopped, SOON)).kind())
        .isEqualTo(Kind.INVALID_POWER_STATE);
    assertThat(machines.pendingTasks(stopped)).isEmpty();
  }

  @Test
  void shutsAGuestDown() {
    machines.shutdownGuest(running, SOON);

    assertThat(machines.powerState(running)).isEqualTo(PowerState.OFF);
    assertThat(faultOf(() -> machines.shutdownGuest(running, SOON)).kind())
        .isEqualTo(Kind.INVALID_POWER_STATE);
    machines.powerOn(running, SOON);
  }

  @Test
  void toolsRunOnlyWhileTheMachineDoes() throws Exception {
    assertThat(machines.facts(stopped).guest().toolsRunning()).isFalse();
    machines.powerOn(stopped, SOON);
    Instant end = Instant.now().plus(SOON);
    while (!machines.facts(stopped).guest().toolsRunning()) {
      assertThat(Instant.now()).as("the tools come up").isBefore(end);
      Thread.sleep(20);
    }

    machines.powerOff(stopped, SOON);

    assertThat(machines.facts(stopped).guest().toolsRunning()).isFalse();
  }

  @Test
  void remembersWhoPoweredWhat() {
    Instant before = vsphere.currentTime();
    machines.powerOn(stopped, SOON);
    machines.powerOff(stopped, SOON);

    List<String> types =
        vsphere
            .events()
            .since(stopped, before.minusMillis(50), Set.of("VmPoweredOnEvent", "VmPoweredOffEvent"))
            .stream()
            .map(each -> each.type())
            .toList();

    assertThat(types).containsSubsequence("VmPoweredOnEvent", "VmPoweredOffEvent");
    assertThat(vsphere.events().since(stopped, vsphere.currentTime().plusSeconds(60), Set.of()))
        .isEmpty();
  }

  @Test
  void saysThatAMachineIsGone() {
    assertThat(faultOf(() -> machines.facts(Moref.vm("vm-999999"))).kind())
        .isEqualTo(Kind.MANAGED_OBJECT_NOT_FOUND);
    assertThat(faultOf(() -> machines.powerOn(Moref.vm("vm-999999"), SOON)).kind())
        .isEqualTo(Kind.MANAGED_OBJECT_NOT_FOUND);
  }

  // --- configuration

  @Test
  void fencesAndUnfences() {
    VmFacts before = machines.facts(stopped);

    VirtualMachines.Fenced fenced =
        machines.fence(
            stopped, before.identity().changeVersion(), Map.of("drover.fence", "t-1"), SOON);

    assertThat(machines.facts(stopped).nics())
        .isNotEmpty()
        .allMatch(nic -> !nic.startConnected() && !nic.connected());
    assertThat(machines.extraConfig(stopped, "drover.")).containsEntry("drover.fence", "t-1");
    assertThat(machines.changeVersion(stopped)).isEqualTo(fenced.changeVersion());

    machines.unfence(
        stopped, fenced.changeVersion(), fenced.before(), Set.of("drover.fence"), SOON);

    VmFacts after = machines.facts(stopped);
    assertThat(after.nics().stream().map(VmFacts.Nic::startConnected).toList())
        .isEqualTo(before.nics().stream().map(VmFacts.Nic::startConnected).toList());
    assertThat(after.nics().stream().map(VmFacts.Nic::mac).toList())
        .isEqualTo(before.nics().stream().map(VmFacts.Nic::mac).toList());
    assertThat(machines.extraConfig(stopped, "drover.")).doesNotContainKey("drover.fence");
  }

  @Test
  void refusesAStaleChange() {
    assumeTrue(target.supports(Feature.COMPARE_AND_SET), "compare-and-set on changeVersion");
    String old = machines.changeVersion(stopped);
    machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.cas", "1"), old, SOON);

    VSphereFault fault =
        faultOf(() ->
            machines.reconfigure(
                stopped, Reconfiguration.NONE.setting("drover.cas", "2"), old, SOON));

    assertThat(fault.kind()).isEqualTo(Kind.CONCURRENT_ACCESS);
    assertThat(machines.extraConfig(stopped, "drover.cas")).containsEntry("drover.cas", "1");
    machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.cas", ""), null, SOON);
  }

  @Test
  void removesASettingEvenOneThatIsNotThere() {
    machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.gone", "1"), null, SOON);

    machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.gone", ""), null, SOON);
    machines.reconfigure(stopped, Reconfiguration.NONE.setting("drover.gone", ""), null, SOON);

    assertThat(machines.facts(stopped).notes().extraConfig()).doesNotContainKey("drover.gone");
  }

  @Test
  void refusesACardThatIsNotThere() {
    VSphereFault fault =
        faultOf(() ->
            machines.reconfigure(
                stopped,
                Reconfiguration.NONE.nic(new NicSetting(98_765, false, false)),
                null,
                SOON));

    assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
  }

  @Test
  void locksAMachineAsATemplate() {
    VmFacts before = machines.facts(stopped);
    machines.markAsTemplate(stopped);
    try {
      assertThat(machines.facts(stopped).identity().template()).isTrue();
      assertThat(faultOf(() -> machines.powerOn(stopped, SOON)).kind())
          .isIn(Kind.NOT_SUPPORTED, Kind.INVALID_STATE);
      if (target.supports(Feature.TEMPLATE_REFUSES_ALL)) {
        assertThat(faultOf(() -> snapshots.create(stopped, "never", "", false, SOON)).kind())
            .isIn(Kind.NOT_SUPPORTED, Kind.INVALID_STATE);
        assertThat(faultOf(() -> vsphere.exports().exportVm(stopped, SOON)).kind())
            .isIn(Kind.NOT_SUPPORTED, Kind.INVALID_STATE);
      }
    } finally {
      machines.markAsVirtualMachine(
          stopped,
          before.placement().resourcePool().orElseThrow(),
          before.placement().host().orElse(null));
    }
    VmFacts after = machines.facts(stopped);
    assertThat(after.identity().template()).isFalse();
    assertThat(after.placement().resourcePool()).isEqualTo(before.placement().resourcePool());
  }

  @Test
  void refusesToLockARunningMachine() {
    assertThat(faultOf(() -> machines.markAsTemplate(running)).kind())
        .isIn(Kind.INVALID_POWER_STATE, Kind.INVALID_STATE);
  }

  // --- snapshots

  @Test
  void takesListsAndRemovesSnapshots() {
    Moref first = snapshots.create(running, "drover-1", "{\"token\":1}", false, SOON);
    Moref second = snapshots.create(running, "drover-2", "", false, SOON);

    List<SnapshotNode> tree = snapshots.of(running);
    assertThat(tree).hasSize(1);
    assertThat(tree.getFirst().moref()).isEqualTo(first);
    assertThat(tree.getFirst().name()).isEqualTo("drover-1");
    assertThat(tree.getFirst().description()).isEqualTo("{\"token\":1}");
    assertThat(tree.getFirst().children()).hasSize(1);
    assertThat(tree.getFirst().children().getFirst().moref()).isEqualTo(second);
    assertThat(snapshots.disks(first)).hasSameSizeAs(machines.facts(running).disks());

    snapshots.remove(first, true, SOON);
    assertThat(snapshots.of(running).stream().flatMap(SnapshotNode::walk).map(SnapshotNode::moref))
        .containsExactly(second);
    snapshots.remove(second, true, SOON);

    assertThat(snapshots.of(running)).isEmpty();
    assertThat(faultOf(() -> snapshots.remove(second, true, SOON)).kind())
        .isEqualTo(Kind.MANAGED_OBJECT_NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ApplicationQuiesceFault", "FilesystemQuiesceFault"})
  void tellsThatAGuestDoesNotComeToRest(String type) {
    assumeTrue(target.supports(Feature.QUIESCE_FAULTS), "this vCenter quiesces every guest");
    target.unquiet(target.runningVm(), type);
    try {
      VSphereFault fault = faultOf(() -> snapshots.create(running, "drover-quiet", "", true, SOON));

      assertThat(fault.kind()).isEqualTo(Kind.QUIESCE_FAILED);
      assertThat(fault.vimType()).contains(type);
      assertThat(fault.remedy()).contains("without quiescing");
      assertThat(snapshots.of(running)).isEmpty();
      Moref loud = snapshots.create(running, "drover-loud", "", false, SOON);
      assertThat(snapshots.of(running).getFirst().quiesced()).isFalse();
      snapshots.remove(loud, true, SOON);
    } finally {
      target.unquiet(target.runningVm(), null);
    }
    Moref quiet = snapshots.create(running, "drover-quiet", "", true, SOON);
    assertThat(snapshots.of(running).getFirst().quiesced()).isTrue();
    snapshots.remove(quiet, true, SOON);
  }

  @Test
  void switchesChangedBlockTrackingOffAgainTogetherWithASetting() {
    assumeTrue(target.supports(Feature.CHANGED_AREAS), "changed block tracking");
    machines.reconfigure(
        stopped,
        Reconfiguration.NONE.changeTracking(true).setting("drover.conformance", "on"),
        null,
        SOON);
    VmFacts on = machines.facts(stopped);

    machines.reconfigure(
        stopped,
        Reconfiguration.NONE.changeTracking(false).setting("drover.conformance", ""),
        on.identity().changeVersion(),
        SOON);

    assertThat(on.tracking().enabled()).isTrue();
    assertThat(machines.extraConfig(stopped, "drover.conformance")).isEmpty();
    assertThat(machines.facts(stopped).tracking().enabled()).isFalse();
  }

  @Test
  void tellsWhichAreasChanged() throws Exception {
    assumeTrue(target.supports(Feature.CHANGED_AREAS), "changed block tracking");
    machines.enableChangeTracking(running, null, SOON);
    assertThat(machines.facts(running).tracking().enabled()).isTrue();
    VmFacts.Disk disk = machines.facts(running).disks().getFirst();
    Moref first = snapshots.create(running, "cbt-1", "", false, SOON);
    String firstId = changeId(first, disk.deviceKey());
    target.writeAsGuest(target.runningVm(), disk.deviceKey(), MIB, bytes(7, 4096));
    target.writeAsGuest(
        target.runningVm(),
        disk.deviceKey(),
        disk.capacityBytes() - 2 * MIB,
        bytes(9, 2 * MIB - 512));
    Moref second = snapshots.create(running, "cbt-2", "", false, SOON);
    String secondId = changeId(second, disk.deviceKey());

    List<Snapshots.Area> areas = new ArrayList<>();
    snapshots.changedAreas(running, second, disk.deviceKey(), firstId).forEach(areas::add);
    List<Snapshots.Area> used = new ArrayList<>();
    snapshots.changedAreas(running, second, disk.deviceKey(), "*").forEach(used::add);
    Moref third = snapshots.create(running, "cbt-3", "", false, SOON);
    List<Snapshots.Area> none = new ArrayList<>();
    snapshots.changedAreas(running, third, disk.deviceKey(), secondId).forEach(none::add);
    snapshots.remove(third, true, SOON);
    snapshots.remove(second, true, SOON);
    snapshots.remove(first, true, SOON);

    assertThat(firstId).isNotEmpty().isNotEqualTo(secondId);
    assertThat(covers(areas, MIB, 4096)).isTrue();
    assertThat(covers(areas, disk.capacityBytes() - 2 * MIB, 2 * MIB - 512)).isTrue();
    assertThat(areas.stream().mapToLong(Snapshots.Area::length).sum())
        .as("not simply the whole disk")
        .isLessThan(4L * MIB);
    assertThat(covers(used, MIB, 4096)).isTrue();
    assertThat(none).isEmpty();
  }

  private String changeId(Moref snapshot, int deviceKey) {
    return snapshots.disks(snapshot).stream()
        .filter(disk -> disk.deviceKey() == deviceKey)
        .findFirst()
        .orElseThrow()
        .changeId();
  }

  private static boolean covers(List<Snapshots.Area> areas, long start, long length) {
    long covered = start;
    for (Snapshots.Area area : areas) {
      if (area.start() <= covered && covered < area.start() + area.length()) {
        covered = area.start() + area.length();
      }
    }
    return covered >= start + length;
  }

  private static byte[] bytes(int value, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  // --- export

  @Test
  void exportsEveryDiskAsAStreamOptimizedVmdk() throws Exception {
    VmFacts vm = machines.facts(stopped);
    try (ExportLease lease = vsphere.exports().exportVm(stopped, SOON)) {
      assertThat(lease.devices()).hasSameSizeAs(vm.disks());
      assertThat(lease.timeout()).isPositive();
      assertThat(lease.devices().stream().map(each -> each.disk().orElseThrow().deviceKey()))
          .containsExactlyInAnyOrderElementsOf(
              vm.disks().stream().map(VmFacts.Disk::deviceKey).toList());
      long total = 0;
      for (ExportLease.Device device : lease.devices()) {
        byte[] vmdk = readAll(lease, device);
        lease.progress(50);
        total += vmdk.length;

        assertThat(new String(vmdk, 0, 4, java.nio.charset.StandardCharsets.US_ASCII))
            .isEqualTo("KDMV");
        assertThat(vmdk.length % 512).isZero();
        assertThat(littleEndian(vmdk, 12) * 512)
            .isEqualTo(device.disk().orElseThrow().capacityBytes());
        assertThat(Arrays.copyOfRange(vmdk, vmdk.length - 512, vmdk.length))
            .as("ends with an end-of-stream marker")
            .containsOnly(0);
        if (target.supports(Feature.EXPORT_MANIFEST)) {
          ExportLease.ManifestEntry entry =
              lease.manifest().stream()
                  .filter(each -> each.key().equals(device.key()))
                  .findFirst()
                  .orElseThrow();
          String algorithm = entry.checksumType().equals("sha256") ? "SHA-256" : "SHA-1";
          assertThat(entry.size()).isEqualTo(vmdk.length);
          assertThat(entry.checksum())
              .isEqualToIgnoringCase(
                  HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(vmdk)));
        }
      }
      assertThat(total).isPositive();
      lease.complete();
    }
    machines.powerOn(stopped, SOON);
    machines.powerOff(stopped, SOON);
  }

  @Test
  void exportsTheDisksOfASnapshot() throws Exception {
    Moref snapshot = snapshots.create(running, "drover-export", "", false, SOON);
    try (ExportLease lease = vsphere.exports().exportSnapshot(snapshot, SOON)) {
      assertThat(lease.devices()).isNotEmpty();
      byte[] vmdk = readAll(lease, lease.devices().getFirst());
      assertThat(new String(vmdk, 0, 4, java.nio.charset.StandardCharsets.US_ASCII))
          .isEqualTo("KDMV");
      lease.complete();
    } finally {
      snapshots.remove(snapshot, true, SOON);
    }
  }

  @Test
  void refusesToExportARunningMachine() {
    VSphereFault fault = faultOf(() -> vsphere.exports().exportVm(running, SOON));

    assertThat(fault.kind()).isIn(Kind.INVALID_POWER_STATE, Kind.INVALID_STATE);
  }

  @Test
  void holdsAMachineWhileItIsExported() {
    assumeTrue(target.supports(Feature.LEASE_HOLDS_MACHINE), "a lease that holds its machine");
    Moref moref;
    try (ExportLease lease = vsphere.exports().exportVm(stopped, SOON)) {
      moref = lease.moref();

      VSphereFault fault = faultOf(() -> machines.powerOn(stopped, SOON));

      assertThat(fault.kind()).isIn(Kind.TASK_IN_PROGRESS, Kind.INVALID_STATE, Kind.FILE_LOCKED);
      lease.abort();
    }
    assertThatCode(() -> vsphere.exports().abort(moref)).doesNotThrowAnyException();
    machines.powerOn(stopped, SOON);
    machines.powerOff(stopped, SOON);
    assertThat(machines.powerState(stopped)).isEqualTo(PowerState.OFF);
  }

  @Test
  void servesNothingAfterTheLeaseEnded() {
    ExportLease lease = vsphere.exports().exportVm(stopped, SOON);
    ExportLease.Device device = lease.devices().getFirst();
    lease.abort();

    VSphereFault fault = faultOf(() -> lease.open(device));

    assertThat(fault.kind()).isIn(Kind.PROTOCOL, Kind.UNREACHABLE);
  }

  @Test
  void keepsALeaseAliveUntilNobodyDoes() throws Exception {
    assumeTrue(target.supports(Feature.LEASE_EXPIRES), "a lease that expires soon");
    VSphere session = VSphere.connect(target.endpoint());
    ExportLease lease = session.exports().exportVm(stopped, SOON);
    Instant opened = Instant.now();
    while (Instant.now().isBefore(opened.plus(lease.timeout().multipliedBy(2)))) {
      assertThat(faultOf(() -> machines.powerOn(stopped, SOON)).kind())
          .isEqualTo(Kind.TASK_IN_PROGRESS);
      Thread.sleep(200);
    }
    assertThat(lease.lost()).isEmpty();
    assertThat(readAll(lease, lease.devices().getFirst())).isNotEmpty();

    session.close();

    Instant abandoned = Instant.now();
    boolean free = false;
    while (!free && Instant.now().isBefore(abandoned.plus(lease.timeout()).plusSeconds(20))) {
      try {
        machines.powerOn(stopped, SOON);
        free = true;
      } catch (VSphereFault e) {
        assertThat(e.kind()).isEqualTo(Kind.TASK_IN_PROGRESS);
        Thread.sleep(200);
      }
    }
    assertThat(free).as("vCenter let go of the machine").isTrue();
    machines.powerOff(stopped, SOON);
  }

  @Test
  void endsWhatASessionExportsWhereOnlyTheSessionIsNamed() {
    assumeTrue(target.supports(Feature.LEASE_HOLDS_MACHINE), "a lease that holds its machine");
    try (VSphere session = VSphere.connect(target.endpoint());
        ExportLease lease = session.exports().exportVm(stopped, SOON)) {
      String id = lease.moref().id();
      assumeTrue(id.startsWith("session["), "a lease that names its session");
      assertThat(faultOf(() -> machines.powerOn(stopped, SOON)).kind())
          .isEqualTo(Kind.TASK_IN_PROGRESS);
      Moref named = new Moref("HttpNfcLease", id.substring(0, id.indexOf(']') + 1));

      assertThat(vsphere.exports().release(named, stopped, SOON)).isTrue();

      machines.powerOn(stopped, SOON);
      machines.powerOff(stopped, SOON);
    }
  }

  private static byte[] readAll(ExportLease lease, ExportLease.Device device) throws IOException {
    try (ExportLease.Content content = lease.open(device)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      Channels.newInputStream(content.in()).transferTo(all);
      if (content.length() >= 0) {
        assertThat((long) all.size()).isEqualTo(content.length());
      }
      return all.toByteArray();
    }
  }

  private static long littleEndian(byte[] bytes, int at) {
    long value = 0;
    for (int i = 7; i >= 0; i--) {
      value = value << 8 | bytes[at + i] & 0xff;
    }
    return value;
  }

  // --- privileges

  @Test
  void saysWhichPrivilegesAreMissing() {
    assertThat(vsphere.privileges().missing(Privileges.MIGRATION))
        .as("the account of the target is an administrator")
        .isEmpty();
  }
}
