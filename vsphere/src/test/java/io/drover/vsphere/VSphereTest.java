// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.drover.vsphere.VSphereFault.Kind;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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
  void saysHowLongAServerThatStartsWantsToBeLeftAlone() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter()) {
      server.on(
          "RetrieveServiceContent",
          any -> new ScriptedVCenter.Reply(503, "starting", Map.of("Retry-After", "17")));

      VSphereFault fault = catchThrowableOfType(VSphereFault.class, server::connect);

      assertThat(fault.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(fault.retryAfter()).contains(Duration.ofSeconds(17));
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
  void stopsWhenChangedAreasLeadNowhere() throws Exception {
    try (ScriptedVCenter server = new ScriptedVCenter();
        VSphere vsphere = server.connect()) {
      server.on(
          "RetrievePropertiesEx",
          "<returnval><objects><obj type=\"VirtualMachineSnapshot\">snapshot-1</obj><propSet>"
              + "<name>config.hardware.device</name><val xsi:type=\"ArrayOfVirtualDevice\">"
              + "<VirtualDevice xsi:type=\"VirtualDisk\"><key>2000</key>"
              + "<capacityInKB>1024</capacityInKB></VirtualDevice></val></propSet>"
              + "</objects></returnval>");
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
