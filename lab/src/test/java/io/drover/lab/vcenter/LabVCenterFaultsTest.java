// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.lab.vcenter.estate.LabTask;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.faults.LabFaultRule.Kind;
import io.drover.lab.vcenter.vim.VimFault;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes wrong on demand, and what is then true of the world. */
class LabVCenterFaultsTest {
  private SmallLab lab;
  private PlainSoap soap;

  @BeforeEach
  void start() throws IOException {
    lab = new SmallLab();
    soap = new PlainSoap(lab.vcenter).login();
  }

  @AfterEach
  void stop() {
    lab.close();
  }

  private PlainSoap.Answer powerOn() throws IOException {
    return soap.call("VirtualMachine", lab.off.ref().value(), "PowerOnVM_Task", "");
  }

  private LabTask last() {
    return lab.estate.tasks().all().getLast();
  }

  @Test
  void a503DoesNothingAndPasses() throws IOException {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.HTTP_503, "PowerOnVM_Task"));

    PlainSoap.Answer first = powerOn();
    int tasks = lab.estate.tasks().all().size();
    PlainSoap.Answer second = powerOn();

    assertThat(first.status()).isEqualTo(503);
    assertThat(tasks).isZero();
    assertThat(second.status()).isEqualTo(200);
  }

  @Test
  void aLostAnswerHidesWhatWasDone() throws Exception {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.LOST_ANSWER, "PowerOnVM_Task"));

    assertThatThrownBy(this::powerOn).isInstanceOf(IOException.class);

    assertThat(lab.end(last())).isNull();
    assertThat(lab.off.poweredOn()).isTrue();
  }

  @Test
  void aTaskFailsAsTold() throws Exception {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.TASK_FAILS, "PowerOnVM_Task").as("FileLocked"));

    powerOn();

    assertThat(lab.end(last())).isNotNull().extracting("detail.type").isEqualTo("FileLocked");
    assertThat(lab.off.poweredOn()).isFalse();
  }

  @Test
  void aLateTaskIsCarriedOutInTheEnd() throws Exception {
    lab.vcenter
        .faults()
        .add(LabFaultRule.once(Kind.TASK_LATE, "PowerOnVM_Task").withDelay(Duration.ofMillis(300)));

    long begun = System.nanoTime();
    powerOn();
    VimFault fault = lab.end(last());
    Duration took = Duration.ofNanos(System.nanoTime() - begun);

    assertThat(fault).isNull();
    assertThat(took).isGreaterThanOrEqualTo(Duration.ofMillis(300));
    assertThat(lab.off.poweredOn()).isTrue();
  }

  @Test
  void aKilledSessionMustLogInAgain() throws IOException {
    lab.vcenter
        .faults()
        .add(LabFaultRule.once(Kind.SESSION_KILLED, "PowerOnVM_Task").onEntity("off"));

    PlainSoap.Answer answer = powerOn();

    assertThat(answer.text()).contains("xsi:type=\"NotAuthenticated\"");
    assertThat(lab.vcenter.sessionCount()).isZero();
  }

  @Test
  void aRuleOfOneEntitySparesTheOthers() throws IOException {
    lab.vcenter
        .faults()
        .add(LabFaultRule.once(Kind.METHOD_FAULT, "*").onEntity("on").as("HostNotConnected"));

    PlainSoap.Answer other = powerOn();
    PlainSoap.Answer hit = soap.call("VirtualMachine", lab.on.ref().value(), "PowerOffVM_Task", "");

    assertThat(other.status()).isEqualTo(200);
    assertThat(hit.text()).contains("xsi:type=\"HostNotConnected\"");
    assertThat(lab.on.poweredOn()).isTrue();
  }

  @Test
  void aGuestMayIgnoreAShutdown() throws Exception {
    lab.vcenter.faults().add(LabFaultRule.once(Kind.SHUTDOWN_IGNORED, "ShutdownGuest"));

    PlainSoap.Answer answer =
        soap.call("VirtualMachine", lab.on.ref().value(), "ShutdownGuest", "");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(lab.estate.await(() -> !lab.on.poweredOn(), Duration.ofMillis(300))).isFalse();
  }

  @Test
  void aRuleSkipsAndEnds() throws IOException {
    lab.vcenter
        .faults()
        .add(LabFaultRule.once(Kind.METHOD_FAULT, "CurrentTime").skipping(1).times(2));

    StringBuilder statuses = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      statuses
          .append(soap.call("ServiceInstance", "ServiceInstance", "CurrentTime", "").status())
          .append(' ');
    }

    assertThat(statuses.toString()).isEqualTo("200 500 500 200 ");
  }

  @Test
  void aRestartAnswers503AndThenKnowsNobody() throws IOException {
    lab.vcenter.restart(Duration.ofMillis(200));

    PlainSoap.Answer during = powerOn();
    PlainSoap.Answer after = during;
    while (after.status() == 503) {
      after = powerOn();
    }

    assertThat(during.status()).isEqualTo(503);
    assertThat(after.text()).contains("xsi:type=\"NotAuthenticated\"");
  }

  @Test
  void anotherProcessSetsFaultsAndLooksAtTheWorld() throws IOException {
    PlainSoap.Answer made =
        soap.http(
            "POST",
            "/lab/faults",
            "{\"kind\":\"http_503\",\"method\":\"PowerOnVM_Task\",\"entity\":\"off\"}");
    PlainSoap.Answer wrong = soap.http("POST", "/lab/faults", "{\"kind\":\"earthquake\"}");
    PlainSoap.Answer typo =
        soap.http("POST", "/lab/faults", "{\"kind\":\"http_503\",\"methd\":\"*\"}");

    int hit = powerOn().status();
    PlainSoap.Answer standing = soap.http("GET", "/lab/faults", "");
    PlainSoap.Answer world = soap.http("GET", "/lab/world", "");
    PlainSoap.Answer act = soap.http("POST", "/lab/act", "{\"vm\":\"on\",\"act\":\"powerOn\"}");

    assertThat(made.status()).isEqualTo(200);
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.text()).contains("earthquake");
    assertThat(typo.text()).contains("methd");
    assertThat(hit).isEqualTo(503);
    assertThat(standing.text()).contains("\"hits\":1");
    assertThat(world.text())
        .contains("\"name\":\"on\"")
        .contains("\"power\":\"poweredOn\"")
        .contains("\"startConnected\":true");
    assertThat(act.status()).isEqualTo(200);
  }
}
