// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.soap.LabUser;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is on the wire: sessions, refusals, privileges, API versions. */
class LabVCenterSoapTest {
  private static final String FILTER_VMS =
      "<propSet><type>VirtualMachine</type><pathSet>name</pathSet></propSet>"
          + "<objectSet><obj type=\"ContainerView\">VIEW</obj><skip>true</skip>"
          + "<selectSet xsi:type=\"TraversalSpec\"><name>v</name><type>ContainerView</type><path>view</path><skip>false</skip></selectSet></objectSet>";

  private SmallLab lab;
  private PlainSoap soap;

  @BeforeEach
  void start() throws IOException {
    lab =
        new SmallLab(
            LabPace.quick().withGuestWrites(Duration.ZERO),
            LabVCenter.Options.defaults()
                .alsoUser(LabUser.readOnly("looker", "l"))
                .alsoUser(new LabUser("power", "p", Set.of("VirtualMachine.Interact.PowerOn"))));
    soap = new PlainSoap(lab.vcenter).login();
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private PlainSoap.Answer vm(String method, String arguments) throws IOException {
    return soap.call("VirtualMachine", lab.off.ref().value(), method, arguments);
  }

  @Test
  void aWrongPasswordIsInvalidLogin() throws IOException {
    PlainSoap.Answer answer = new PlainSoap(lab.vcenter).login(lab.vcenter.user(), "wrong");

    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.text())
        .contains("<InvalidLoginFault xmlns=\"urn:vim25\" xsi:type=\"InvalidLogin\">")
        .doesNotContain("wrong");
  }

  @Test
  void withoutASessionNothingButTheDoorAnswers() throws IOException {
    PlainSoap stranger = new PlainSoap(lab.vcenter);

    PlainSoap.Answer content =
        stranger.call("ServiceInstance", "ServiceInstance", "RetrieveServiceContent", "");
    PlainSoap.Answer power =
        stranger.call("VirtualMachine", lab.off.ref().value(), "PowerOnVM_Task", "");

    assertThat(content.first("apiVersion")).startsWith("8.0");
    assertThat(power.text()).contains("xsi:type=\"NotAuthenticated\"");
    assertThat(lab.off.poweredOn()).isFalse();
  }

  @Test
  void anUnknownMethodIsRefusedByName() throws IOException {
    PlainSoap.Answer answer = vm("Destroy_Task", "");

    assertThat(answer.text())
        .contains("xsi:type=\"MethodNotFound\"")
        .contains("<method>Destroy_Task</method>");
  }

  @Test
  void anUnknownParameterIsRefusedByName() throws IOException {
    PlainSoap.Answer answer = vm("PowerOnVM_Task", "<hots type=\"HostSystem\">host-1</hots>");

    assertThat(answer.text()).contains("xsi:type=\"InvalidRequest\"").contains("hots");
  }

  @Test
  void anUnknownSettingIsRefusedByName() throws IOException {
    PlainSoap.Answer answer =
        vm(
            "ReconfigVM_Task",
            "<spec><annotation>x</annotation><cpuHotAddEnabled>true</cpuHotAddEnabled></spec>");

    assertThat(answer.text()).contains("xsi:type=\"NotSupported\"").contains("cpuHotAddEnabled");
    assertThat(lab.off.config().annotation()).isEmpty();
  }

  @Test
  void aDocumentTypeIsRefused() throws IOException {
    PlainSoap.Answer answer =
        soap.post(
            "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><a>&x;</a>");

    assertThat(answer.text()).contains("xsi:type=\"InvalidRequest\"");
  }

  @Test
  void aDeepRequestIsRefused() throws IOException {
    PlainSoap.Answer answer = soap.post("<a>".repeat(10_000) + "</a>".repeat(10_000));

    assertThat(answer.text()).contains("xsi:type=\"InvalidRequest\"").contains("deeper");
  }

  @Test
  void anOlderClientSeesNoNewerField() throws IOException {
    String spec =
        "<specSet><propSet><type>VirtualMachine</type><pathSet>config.bootOptions</pathSet></propSet>"
            + "<objectSet><obj type=\"VirtualMachine\">"
            + lab.on.ref().value()
            + "</obj></objectSet></specSet><options/>";

    String now =
        soap.call("PropertyCollector", "propertyCollector", "RetrievePropertiesEx", spec).text();
    String then =
        soap.speaking("urn:vim25/6.0")
            .call("PropertyCollector", "propertyCollector", "RetrievePropertiesEx", spec)
            .text();

    assertThat(now).contains("efiSecureBootEnabled");
    assertThat(then).contains("bootRetryDelay").doesNotContain("efiSecureBootEnabled");
  }

  @Test
  void whoMayOnlyLookMayNotPowerOn() throws IOException {
    PlainSoap looker = new PlainSoap(lab.vcenter);
    assertThat(looker.login("looker", "l").status()).isEqualTo(200);

    PlainSoap.Answer answer =
        looker.call("VirtualMachine", lab.off.ref().value(), "PowerOnVM_Task", "");

    assertThat(answer.text())
        .contains("xsi:type=\"NoPermission\"")
        .contains("<privilegeId>VirtualMachine.Interact.PowerOn</privilegeId>");
    assertThat(lab.estate.tasks().all()).isEmpty();
  }

  @Test
  void privilegesAreToldPerEntity() throws IOException {
    String entity = "<entities type=\"VirtualMachine\">" + lab.on.ref().value() + "</entities>";

    PlainSoap.Answer answer =
        soap.call(
            "AuthorizationManager",
            "AuthorizationManager",
            "HasUserPrivilegeOnEntities",
            entity
                + "<userName>power</userName><privId>VirtualMachine.Interact.PowerOn</privId><privId>VApp.Export</privId>");

    assertThat(answer.text())
        .contains("<privId>VirtualMachine.Interact.PowerOn</privId><isGranted>true</isGranted>")
        .contains("<privId>VApp.Export</privId><isGranted>false</isGranted>");
  }

  @Test
  void anIdleSessionEnds() throws Exception {
    lab.close();
    lab =
        new SmallLab(
            LabPace.quick(), LabVCenter.Options.defaults().withSessionIdle(Duration.ofMillis(150)));
    soap = new PlainSoap(lab.vcenter).login();

    Thread.sleep(400);
    PlainSoap.Answer answer = vm("PowerOnVM_Task", "");

    assertThat(answer.text()).contains("xsi:type=\"NotAuthenticated\"");
  }

  @Test
  void aPageGoesOnWithItsTokenOnce() throws IOException {
    String view = createView();
    String spec =
        "<specSet>"
            + FILTER_VMS.replace("VIEW", view)
            + "</specSet><options><maxObjects>2</maxObjects></options>";

    PlainSoap.Answer first =
        soap.call("PropertyCollector", "propertyCollector", "RetrievePropertiesEx", spec);
    String token = "<token>" + first.first("token") + "</token>";
    PlainSoap.Answer second =
        soap.call("PropertyCollector", "propertyCollector", "ContinueRetrievePropertiesEx", token);
    PlainSoap.Answer again =
        soap.call("PropertyCollector", "propertyCollector", "ContinueRetrievePropertiesEx", token);

    assertThat(first.count("<objects>")).isEqualTo(2);
    assertThat(second.count("<objects>")).isEqualTo(1);
    assertThat(second.text()).doesNotContain("<token>");
    assertThat(again.text()).contains("xsi:type=\"InvalidArgument\"");
  }

  @Test
  void anUnknownPropertyIsInvalidProperty() throws IOException {
    PlainSoap.Answer answer =
        soap.call(
            "PropertyCollector",
            "propertyCollector",
            "RetrievePropertiesEx",
            "<specSet><propSet><type>VirtualMachine</type><pathSet>conifg.name</pathSet></propSet><objectSet><obj type=\"VirtualMachine\">"
                + lab.on.ref().value()
                + "</obj></objectSet></specSet><options/>");

    assertThat(answer.text())
        .contains("xsi:type=\"InvalidProperty\"")
        .contains("<name>conifg.name</name>");
  }

  private String createView() throws IOException {
    return soap.call(
            "ViewManager",
            "ViewManager",
            "CreateContainerView",
            "<container type=\"Folder\">group-d1</container><type>VirtualMachine</type><recursive>true</recursive>")
        .first("returnval");
  }

  @Test
  void aVirtualMachineIsFoundByPathAndUuid() throws IOException {
    PlainSoap.Answer path =
        soap.call(
            "SearchIndex",
            "SearchIndex",
            "FindByInventoryPath",
            "<inventoryPath>dc/vm/on</inventoryPath>");
    PlainSoap.Answer uuid =
        soap.call(
            "SearchIndex",
            "SearchIndex",
            "FindByUuid",
            "<uuid>"
                + lab.on.instanceUuid()
                + "</uuid><vmSearch>true</vmSearch><instanceUuid>true</instanceUuid>");

    assertThat(path.first("returnval")).isEqualTo(lab.on.ref().value());
    assertThat(uuid.first("returnval")).isEqualTo(lab.on.ref().value());
  }
}
