// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.drover.vsphere.VSphereFault.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VSphereTest {
  private static final Moref VM = Moref.vm("vm-1");
  private static final Duration SOON = Duration.ofSeconds(5);

  @Test
  void speaksTheServersOwnVersion() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      assertThat(vsphere.about().apiVersion()).isEqualTo("8.0.3.0");
      assertThat(server.actions.get(1)).isEqualTo("\"urn:vim25/8.0.3.0\"");
    }
  }

  @Test
  void doesNotLockTheAccountWhenThePasswordWasChanged() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("RetrievePropertiesEx", any -> ScriptedVCenter.fault("NotAuthenticated", "ended"));
      server.on("Login", any -> ScriptedVCenter.fault("InvalidLogin", "wrong"));

      for (int i = 0; i < 5; i++) {
        VSphereFault fault =
            catchThrowableOfType(VSphereFault.class, () -> vsphere.machines().powerState(VM));
        assertThat(fault.kind()).isEqualTo(Kind.INVALID_LOGIN);
      }

      assertThat(server.called("Login")).as("once to connect, once again").isEqualTo(2);
    }
  }

  @Test
  void manyThatConnectDoNotLockTheAccountEither() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on("Login", any -> ScriptedVCenter.fault("InvalidLogin", "wrong"));

      for (int i = 0; i < 5; i++) {
        VSphereFault fault = catchThrowableOfType(VSphereFault.class, server::connect);
        assertThat(fault.kind()).isEqualTo(Kind.INVALID_LOGIN);
        assertThat(fault).hasMessageContaining("wrong").hasMessageContaining("name@domain");
      }

      assertThat(server.called("Login")).isEqualTo(1);
      server.on("Login", "<returnval><key>s-1</key></returnval>");
      VSphereEndpoint mended =
          new VSphereEndpoint(
              server.endpoint().url(), "u", () -> "right".toCharArray(), Trust.system());
      try (VSphere vsphere = VSphere.connect(mended)) {
        assertThat(vsphere.logins()).isEqualTo(1);
      }
      catchThrowableOfType(VSphereFault.class, server::connect);
      assertThat(server.called("Login")).as("the wrong one is still known").isEqualTo(2);
    }
  }

  @Test
  void logsOutAlsoWhenItsThreadWasInterruptedInACall() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    AtomicBoolean still = new AtomicBoolean();
    AtomicBoolean answered = new AtomicBoolean();
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on(
          "Logout",
          any -> {
            LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
            answered.set(true);
            return ScriptedVCenter.ok("");
          });
      server.on(
          "RetrievePropertiesEx",
          any -> {
            asked.countDown();
            try {
              over.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return ScriptedVCenter.ok("");
          });
      VSphere vsphere = server.connect();
      Thread thread =
          Thread.ofVirtual()
              .start(() -> {
                try (vsphere) {
                  vsphere.machines().powerState(VM);
                } catch (VSphereFault e) {
                  still.set(Thread.currentThread().isInterrupted());
                }
              });
      asked.await();

      thread.interrupt();
      thread.join();

      assertThat(answered).as("logged out, and waited until it was").isTrue();
      assertThat(still).isTrue();
      over.countDown();
    }
  }

  @ParameterizedTest
  @CsvSource({"17, 17", "864000, 300"})
  void saysHowLongAServerThatStartsWantsToBeLeftAlone(String said, long seconds) throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on(
          "RetrieveServiceContent",
          any -> new ScriptedVCenter.Reply(503, "starting", Map.of("Retry-After", said)));

      VSphereFault fault = catchThrowableOfType(VSphereFault.class, server::connect);

      assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(fault.retryAfter()).contains(Duration.ofSeconds(seconds));
    }
  }

  @Test
  void saysThatAWebPageIsNoVCenter() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on(
          "RetrieveServiceContent",
          any -> new ScriptedVCenter.Reply(200, "<html><body>It works</body>", Map.of()));

      VSphereFault fault = catchThrowableOfType(VSphereFault.class, server::connect);

      assertThat(fault.kind()).isEqualTo(Kind.PROTOCOL);
      assertThat(fault.remedy()).contains("/sdk");
    }
  }

  @Test
  void namesTheTaskThatStillRunsAtTheDeadline() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("PowerOnVM_Task", "<returnval type=\"Task\">task-9</returnval>");
      server.on("RetrievePropertiesEx", task("running", ""));

      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class, () -> vsphere.machines().powerOn(VM, Duration.ofMillis(200)));

      assertThat(fault.kind()).isEqualTo(Kind.TIMEOUT);
      assertThat(fault.task()).contains(new Moref("Task", "task-9"));
      assertThat(fault.outcomeUnknown()).isTrue();
      assertThat(server.called("PowerOnVM_Task")).isEqualTo(1);
    }
  }

  @Test
  void aTaskThatVCenterForgotIsNotTheMachineThatIsGone() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("PowerOnVM_Task", "<returnval type=\"Task\">task-9</returnval>");
      server.on(
          "RetrievePropertiesEx",
          any -> ScriptedVCenter.fault("ManagedObjectNotFound", "no such task"));

      VSphereFault fault =
          catchThrowableOfType(VSphereFault.class, () -> vsphere.machines().powerOn(VM, SOON));

      assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(fault.getMessage()).contains("task-9");
      assertThat(fault.outcomeUnknown()).isTrue();
    }
  }

  @Test
  void saysWhatATaskEndedWith() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("PowerOnVM_Task", "<returnval type=\"Task\">task-9</returnval>");
      server.on(
          "RetrievePropertiesEx",
          task(
              "error",
              "<error><fault xsi:type=\"FileLocked\"><file>x</file></fault>"
                  + "<localizedMessage>Unable to access a file</localizedMessage></error>"));

      VSphereFault fault =
          catchThrowableOfType(VSphereFault.class, () -> vsphere.machines().powerOn(VM, SOON));

      assertThat(fault.kind()).isEqualTo(Kind.FILE_LOCKED);
      assertThat(fault.getMessage()).contains("Unable to access a file");
      assertThat(fault.outcomeUnknown()).isFalse();
    }
  }

  private static String task(String state, String more) {
    return "<returnval><objects><obj type=\"Task\">task-9</obj><propSet><name>info</name>"
        + "<val xsi:type=\"TaskInfo\"><descriptionId>VirtualMachine.powerOn</descriptionId><state>"
        + state
        + "</state>"
        + more
        + "</val></propSet></objects></returnval>";
  }

  @Test
  void readsTheWholeWhenOnlyAPartOfAPropertyIsTold() throws Exception {
    AtomicInteger waits = new AtomicInteger();
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("CreateContainerView", "<returnval type=\"ContainerView\">cv</returnval>");
      server.on("CreatePropertyCollector", "<returnval type=\"PropertyCollector\">own</returnval>");
      server.on("CreateFilter", "<returnval type=\"PropertyFilter\">f</returnval>");
      server.on(
          "WaitForUpdatesEx",
          any ->
              ScriptedVCenter.ok(
                  waits.getAndIncrement() == 0
                      ? update("enter", "name", "assign", "<val xsi:type=\"xsd:string\">a</val>")
                      : update(
                          "modify",
                          "config.hardware.device[4000].connectable.connected",
                          "assign",
                          "<val xsi:type=\"xsd:boolean\">false</val>")));
      server.on(
          "RetrievePropertiesEx",
          "<returnval><objects><obj type=\"VirtualMachine\">vm-1</obj><propSet>"
              + "<name>config.hardware.device</name><val xsi:type=\"ArrayOfVirtualDevice\">"
              + "<VirtualDevice xsi:type=\"VirtualE1000e\"><key>4000</key>"
              + "<macAddress>00:50:56:AB:CD:EF</macAddress></VirtualDevice></val></propSet>"
              + "</objects></returnval>");
      try (InventoryWatch watch = vsphere.inventory().watch()) {
        watch.next(SOON);

        InventoryWatch.Batch batch = watch.next(SOON);

        assertThat(batch.changes()).hasSize(1);
        assertThat(batch.changes().getFirst().kind()).isEqualTo(ObjectChange.Kind.MODIFY);
        assertThat(batch.changes().getFirst().changed()).containsOnlyKeys("config.hardware.device");
        assertThat(watch.view().vm(VM).orElseThrow().nics().getFirst().mac())
            .isEqualTo("00:50:56:ab:cd:ef");
      }
    }
  }

  @Test
  void tellsWhatLeftWhileTheServerWasAway() throws Exception {
    AtomicInteger waits = new AtomicInteger();
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("CreateContainerView", "<returnval type=\"ContainerView\">cv</returnval>");
      server.on("CreatePropertyCollector", "<returnval type=\"PropertyCollector\">own</returnval>");
      server.on(
          "WaitForUpdatesEx",
          any ->
              switch (waits.getAndIncrement()) {
                case 0 ->
                    ScriptedVCenter.ok(
                        update("enter", "name", "assign", "<val xsi:type=\"xsd:string\">a</val>"));
                case 1 -> ScriptedVCenter.fault("InvalidCollectorVersion", "unknown version");
                default -> ScriptedVCenter.ok("<returnval><version>7</version></returnval>");
              });
      try (InventoryWatch watch = vsphere.inventory().watch()) {
        watch.next(SOON);

        InventoryWatch.Batch batch = watch.next(SOON);

        assertThat(batch.restarted()).isTrue();
        assertThat(batch.version()).isEqualTo("7");
        assertThat(batch.changes())
            .containsExactly(new ObjectChange(ObjectChange.Kind.LEAVE, VM, Map.of()));
        assertThat(watch.view().vms()).isEmpty();
      }
    }
  }

  @Test
  void aWatchWhoseFilterWasNotTakenIsMadeAnew() throws Exception {
    AtomicInteger filters = new AtomicInteger();
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("CreateContainerView", "<returnval type=\"ContainerView\">cv</returnval>");
      server.on("CreatePropertyCollector", "<returnval type=\"PropertyCollector\">own</returnval>");
      server.on(
          "CreateFilter",
          any ->
              filters.getAndIncrement() == 0
                  ? new ScriptedVCenter.Reply(503, "busy", Map.of())
                  : ScriptedVCenter.ok("<returnval type=\"PropertyFilter\">f</returnval>"));
      server.on(
          "WaitForUpdatesEx",
          any ->
              ScriptedVCenter.ok(
                  filters.get() < 2
                      ? ""
                      : update("enter", "name", "assign", "<val xsi:type=\"xsd:string\">a</val>")));
      try (InventoryWatch watch = vsphere.inventory().watch()) {
        VSphereFault fault = catchThrowableOfType(VSphereFault.class, () -> watch.next(SOON));
        assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);

        InventoryWatch.Batch batch = watch.next(SOON);

        assertThat(batch.changes()).hasSize(1);
      }
      assertThat(server.called("DestroyView")).isEqualTo(server.called("CreateContainerView"));
      assertThat(server.called("DestroyPropertyCollector"))
          .isEqualTo(server.called("CreatePropertyCollector"));
    }
  }

  @Test
  void aFirstAnswerWithoutAWordIsNotTheWhole() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("CreateContainerView", "<returnval type=\"ContainerView\">cv</returnval>");
      server.on("CreatePropertyCollector", "<returnval type=\"PropertyCollector\">own</returnval>");
      try (InventoryWatch watch = vsphere.inventory().watch()) {
        assertThat(watch.next(SOON).truncated()).isTrue();
      }
    }
  }

  @Test
  void whatWasUnsetWhileTheServerWasAwayIsUnsetAndWhatCannotBeReadIsKept() throws Exception {
    AtomicInteger waits = new AtomicInteger();
    String name =
        "<changeSet><name>name</name><op>assign</op><val xsi:type=\"string\">a</val></changeSet>";
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on("CreateContainerView", "<returnval type=\"ContainerView\">cv</returnval>");
      server.on("CreatePropertyCollector", "<returnval type=\"PropertyCollector\">own</returnval>");
      server.on(
          "WaitForUpdatesEx",
          any ->
              switch (waits.getAndIncrement()) {
                case 0 ->
                    ScriptedVCenter.ok(
                        entered(
                            name
                                + "<changeSet><name>snapshot</name><op>assign</op>"
                                + "<val xsi:type=\"VirtualMachineSnapshotInfo\"/></changeSet>"
                                + "<changeSet><name>runtime.powerState</name><op>assign</op>"
                                + "<val xsi:type=\"VirtualMachinePowerState\">poweredOn</val>"
                                + "</changeSet>"));
                case 1 -> ScriptedVCenter.fault("InvalidCollectorVersion", "unknown version");
                default ->
                    ScriptedVCenter.ok(
                        entered(
                            name
                                + "<missingSet><path>runtime.powerState</path><fault>"
                                + "<localizedMessage>no</localizedMessage></fault></missingSet>"));
              });
      try (InventoryWatch watch = vsphere.inventory().watch()) {
        watch.next(SOON);

        InventoryWatch.Batch batch = watch.next(SOON);

        assertThat(batch.changes())
            .containsExactly(
                new ObjectChange(ObjectChange.Kind.MODIFY, VM, Map.of("snapshot", VimData.ABSENT)));
        assertThat(watch.view().raw(VM)).containsOnlyKeys("name", "runtime.powerState");
      }
    }
  }

  private static String entered(String sets) {
    return "<returnval><version>1</version><filterSet><filter type=\"PropertyFilter\">f</filter>"
        + "<objectSet><kind>enter</kind><obj type=\"VirtualMachine\">vm-1</obj>"
        + sets
        + "</objectSet></filterSet></returnval>";
  }

  private static String update(String kind, String name, String op, String value) {
    return "<returnval><version>1</version><filterSet><filter type=\"PropertyFilter\">f</filter>"
        + "<objectSet><kind>"
        + kind
        + "</kind><obj type=\"VirtualMachine\">vm-1</obj><changeSet><name>"
        + name
        + "</name><op>"
        + op
        + "</op>"
        + value.replace("xsd:", "")
        + "</changeSet></objectSet></filterSet></returnval>";
  }

  @Test
  void refusesAReferenceThatWouldChangeTheRequest() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class,
              () -> vsphere.machines().powerOff(Moref.vm("vm-1</_this><x>"), SOON));

      assertThat(fault.kind()).isEqualTo(Kind.INVALID_ARGUMENT);
      assertThat(server.called("PowerOffVM_Task")).isZero();
    }
  }

  @Test
  void walksThroughThePagesOfChangedAreas() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      serveOneDisk(server);
      server.on(
          "QueryChangedDiskAreas",
          asked ->
              ScriptedVCenter.ok(
                  asked.contains(">0</startOffset>")
                      ? "<returnval><startOffset>0</startOffset><length>524288</length><changedArea>"
                          + "<start>4096</start><length>512</length></changedArea></returnval>"
                      : "<returnval><startOffset>524288</startOffset><length>524288</length>"
                          + "<changedArea><start>524288</start><length>65536</length></changedArea>"
                          + "<changedArea><start>983040</start><length>65536</length></changedArea>"
                          + "</returnval>"));

      assertThat(
              vsphere.snapshots().changedAreas(VM, Moref.snapshot("snapshot-1"), 2000, "52 de/3"))
          .containsExactly(
              new Snapshots.Area(4096, 512),
              new Snapshots.Area(524_288, 65_536),
              new Snapshots.Area(983_040, 65_536));
      assertThat(server.called("QueryChangedDiskAreas")).isEqualTo(2);
    }
  }

  private static void serveOneDisk(ScriptedVCenter server) {
    server.on(
        "RetrievePropertiesEx",
        "<returnval><objects><obj type=\"VirtualMachineSnapshot\">snapshot-1</obj><propSet>"
            + "<name>config.hardware.device</name><val xsi:type=\"ArrayOfVirtualDevice\">"
            + "<VirtualDevice xsi:type=\"VirtualDisk\"><key>2000</key>"
            + "<capacityInKB>1024</capacityInKB></VirtualDevice></val></propSet>"
            + "</objects></returnval>");
  }

  @Test
  void stopsWhenChangedAreasLeadNowhere() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      serveOneDisk(server);
      server.on(
          "QueryChangedDiskAreas",
          "<returnval><startOffset>0</startOffset><length>0</length></returnval>");

      VSphereFault fault =
          catchThrowableOfType(
              VSphereFault.class,
              () ->
                  vsphere
                      .snapshots()
                      .changedAreas(VM, Moref.snapshot("snapshot-1"), 2000, "*")
                      .forEach(area -> {}));

      assertThat(fault.kind()).isEqualTo(Kind.PROTOCOL);
    }
  }

  @Test
  void readsEventsAnewWhenTheSessionOfTheirCollectorEnded() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on(
          "RetrieveServiceContent",
          "<returnval><sessionManager type=\"SessionManager\">sm</sessionManager>"
              + "<eventManager type=\"EventManager\">em</eventManager>"
              + "<about><apiVersion>7.0.3.0</apiVersion></about></returnval>");
      server.on(
          "CreateCollectorForEvents",
          any ->
              ScriptedVCenter.ok(
                  "<returnval type=\"EventHistoryCollector\">of-"
                      + server.called("Login")
                      + "</returnval>"));
      server.on(
          "ReadNextEvents",
          body ->
              reads.getAndIncrement() == 0
                  ? ScriptedVCenter.fault("NotAuthenticated", "ended")
                  : body.contains("of-1")
                      ? ScriptedVCenter.fault("ManagedObjectNotFound", "no such collector")
                      : ScriptedVCenter.ok(""));
      server.on(
          "DestroyCollector",
          body ->
              body.contains("of-1")
                  ? ScriptedVCenter.fault("ManagedObjectNotFound", "no such collector")
                  : ScriptedVCenter.ok(""));
      try (VSphere vsphere = server.connect()) {
        assertThat(vsphere.events().since(VM, Instant.EPOCH, Set.of())).isEmpty();
        assertThat(vsphere.logins()).isEqualTo(2);
      }
    }
  }

  @Test
  void readsAllPagesAnewWhenTheSessionOfThePageEnded() throws Exception {
    AtomicInteger pages = new AtomicInteger();
    String object =
        "<objects><obj type=\"VirtualMachine\">vm-1</obj><propSet><name>runtime.powerState</name>"
            + "<val xsi:type=\"VirtualMachinePowerState\">poweredOn</val></propSet></objects>";
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on(
          "RetrievePropertiesEx",
          any ->
              ScriptedVCenter.ok(
                  "<returnval>"
                      + (pages.get() == 0 ? "<token>1</token>" : "")
                      + object
                      + "</returnval>"));
      server.on(
          "ContinueRetrievePropertiesEx",
          any ->
              pages.getAndIncrement() == 0
                  ? ScriptedVCenter.fault("NotAuthenticated", "ended")
                  : ScriptedVCenter.fault("InvalidArgument", "token"));

      assertThat(vsphere.machines().powerState(VM)).isEqualTo(PowerState.ON);
    }
  }

  @Test
  void propertiesThatNoLoginOpensAreAFaultAndNoLoop() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on(
          "RetrievePropertiesEx",
          "<returnval><objects><obj"
              + " type=\"VirtualMachine\">vm-1</obj><missingSet><path>runtime.powerState</path><fault><fault"
              + " xsi:type=\"NotAuthenticated\"/>"
              + "<localizedMessage>no</localizedMessage></fault></missingSet></objects></returnval>");

      VSphereFault fault =
          catchThrowableOfType(VSphereFault.class, () -> vsphere.machines().powerState(VM));

      assertThat(fault.kind()).isEqualTo(Kind.NOT_AUTHENTICATED);
      assertThat(server.called("Login")).isLessThan(5);
    }
  }

  @Test
  void asksForThePrivilegesOfTheSessionItHasNow() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on(
          "RetrieveServiceContent",
          "<returnval><rootFolder type=\"Folder\">group-d1</rootFolder>"
              + "<sessionManager type=\"SessionManager\">sm</sessionManager>"
              + "<authorizationManager type=\"AuthorizationManager\">am</authorizationManager>"
              + "<about><apiVersion>7.0.3.0</apiVersion><apiType>VirtualCenter</apiType></about>"
              + "</returnval>");
      server.on(
          "HasPrivilegeOnEntities",
          body -> {
            if (body.contains("<sessionId>s-1</sessionId>")) {
              server.on("Login", "<returnval><key>s-2</key></returnval>");
              return ScriptedVCenter.fault("NotAuthenticated", "ended");
            }
            assertThat(body).contains("<sessionId>s-2</sessionId>");
            return ScriptedVCenter.ok(
                "<returnval><entity type=\"Folder\">group-d1</entity>"
                    + "<privAvailability><privId>A</privId><isGranted>true</isGranted></privAvailability>"
                    + "<privAvailability><privId>B</privId><isGranted>false</isGranted></privAvailability>"
                    + "</returnval>");
          });
      try (VSphere vsphere = server.connect()) {
        assertThat(vsphere.privileges().missing(Set.of("A", "B"))).containsExactly("B");
      }
    }
  }
}
