// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** WaitForUpdatesEx: versions, pages, what entered, changed and left. */
class LabCollectorTest {
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

  private String filter(String pathSet, boolean partial) throws IOException {
    String view =
        soap.call(
                "ViewManager",
                "ViewManager",
                "CreateContainerView",
                "<container type=\"Folder\">group-d1</container><type>VirtualMachine</type><recursive>true</recursive>")
            .first("returnval");
    return collector(
            "CreateFilter",
            "<spec><propSet><type>VirtualMachine</type>"
                + pathSet
                + "</propSet><objectSet><obj type=\"ContainerView\">"
                + view
                + "</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><name>v</name><type>ContainerView</type><path>view</path>"
                + "<skip>false</skip></selectSet></objectSet></spec><partialUpdates>"
                + partial
                + "</partialUpdates>")
        .first("returnval");
  }

  private PlainSoap.Answer collector(String method, String arguments) throws IOException {
    return soap.call("PropertyCollector", "propertyCollector", method, arguments);
  }

  private PlainSoap.Answer updates(String version, int seconds, int page) throws IOException {
    return collector(
        "WaitForUpdatesEx",
        "<version>"
            + version
            + "</version><options><maxWaitSeconds>"
            + seconds
            + "</maxWaitSeconds><maxObjectUpdates>"
            + page
            + "</maxObjectUpdates></options>");
  }

  @Test
  void theFirstSyncComesInPages() throws IOException {
    filter("<pathSet>name</pathSet>", false);

    PlainSoap.Answer first = updates("", 0, 2);
    PlainSoap.Answer second = updates(first.first("version"), 0, 2);
    PlainSoap.Answer third = updates(second.first("version"), 0, 2);

    assertThat(first.count("<kind>enter</kind>")).isEqualTo(2);
    assertThat(first.first("truncated")).isEqualTo("true");
    assertThat(second.count("<kind>enter</kind>")).isEqualTo(1);
    assertThat(second.text()).doesNotContain("<truncated>");
    assertThat(Integer.parseInt(second.first("version")))
        .isGreaterThan(Integer.parseInt(first.first("version")));
    assertThat(third.text()).doesNotContain("<returnval>");
  }

  @Test
  void anAnswerThatGotLostCanBeAskedForAgain() throws IOException {
    filter("<pathSet>name</pathSet>", false);
    PlainSoap.Answer first = updates("", 0, 2);
    PlainSoap.Answer lost = updates(first.first("version"), 0, 2);

    PlainSoap.Answer again = updates(first.first("version"), 0, 2);

    assertThat(again.count("<kind>enter</kind>")).isEqualTo(1);
    assertThat(again.first("version")).isNotEqualTo(lost.first("version"));
  }

  @Test
  void aVersionThatIsNotKnownIsInvalid() throws IOException {
    filter("<pathSet>name</pathSet>", false);
    updates("", 0, 10);

    PlainSoap.Answer answer = updates("4711", 0, 10);

    assertThat(answer.text()).contains("xsi:type=\"InvalidCollectorVersion\"");
  }

  @Test
  void aRestartForgetsTheVersion() throws IOException {
    filter("<pathSet>name</pathSet>", false);
    String version = updates("", 0, 10).first("version");
    lab.vcenter.restart(Duration.ZERO);
    PlainSoap.Answer before = updates(version, 0, 10);
    soap.login();

    PlainSoap.Answer after = updates(version, 0, 10);

    assertThat(before.text()).contains("xsi:type=\"NotAuthenticated\"");
    assertThat(after.text()).contains("xsi:type=\"InvalidCollectorVersion\"");
  }

  @Test
  void onlyWhatChangedIsTold() throws Exception {
    filter(
        "<pathSet>name</pathSet><pathSet>runtime.powerState</pathSet><pathSet>snapshot</pathSet>",
        false);
    String version = updates("", 0, 10).first("version");
    lab.end(lab.off.power().on("test"));

    PlainSoap.Answer answer = updates(version, 0, 10);

    assertThat(answer.count("<objectSet>")).isEqualTo(1);
    assertThat(answer.text())
        .contains(
            "<kind>modify</kind><obj type=\"VirtualMachine\">" + lab.off.ref().value() + "</obj>")
        .contains(
            "<name>runtime.powerState</name><op>assign</op><val xsi:type=\"VirtualMachinePowerState\">poweredOn</val>")
        .doesNotContain("<name>name</name>");
  }

  @Test
  void aPropertyThatBecameUnsetIsAssignedNothing() throws Exception {
    lab.end(lab.on.snapshots().create("s", "", false, false, "CreateSnapshot_Task", "test"));
    filter("<pathSet>snapshot</pathSet>", false);
    String version = updates("", 0, 10).first("version");
    lab.end(lab.on.snapshots().removeAll("test"));

    PlainSoap.Answer answer = updates(version, 0, 10);

    assertThat(answer.text())
        .contains("<changeSet><name>snapshot</name><op>assign</op></changeSet>");
  }

  @Test
  void aPartialUpdateNamesTheNestedProperty() throws Exception {
    filter("<pathSet>runtime</pathSet>", true);
    String version = updates("", 0, 10).first("version");
    lab.end(lab.off.power().on("test"));

    PlainSoap.Answer answer = updates(version, 0, 10);

    assertThat(answer.text())
        .contains("<name>runtime.powerState</name>")
        .doesNotContain("<name>runtime</name>");
  }

  @Test
  void aWaitingCallWakesWhenSomethingChanges() throws Exception {
    filter("<pathSet>runtime.powerState</pathSet>", false);
    String version = updates("", 0, 10).first("version");
    try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<PlainSoap.Answer> waiting = other.submit(() -> updates(version, 20, 10));

      lab.end(lab.off.power().on("test"));

      assertThat(waiting.get(10, TimeUnit.SECONDS).text()).contains("poweredOn");
    }
  }

  @Test
  void aWaitingCallCanBeCancelled() throws Exception {
    filter("<pathSet>runtime.powerState</pathSet>", false);
    String version = updates("", 0, 10).first("version");
    try (ExecutorService other = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<PlainSoap.Answer> waiting = other.submit(() -> updates(version, 20, 10));
      while (!waiting.isDone()) {
        // the wait may not have begun yet, so once may be too early
        collector("CancelWaitForUpdates", "");
        Thread.onSpinWait();
      }

      assertThat(waiting.get().text()).contains("xsi:type=\"RequestCanceled\"");
    }
  }

  @Test
  void aTaskIsWatchedToItsEnd() throws IOException {
    String task =
        soap.call("VirtualMachine", lab.on.ref().value(), "PowerOnVM_Task", "").first("returnval");
    collector(
        "CreateFilter",
        "<spec><propSet><type>Task</type><pathSet>info.state</pathSet><pathSet>info.error</pathSet></propSet><objectSet><obj type=\"Task\">"
            + task
            + "</obj></objectSet></spec><partialUpdates>false</partialUpdates>");

    PlainSoap.Answer answer = updates("", 10, 10);
    String seen = answer.text();
    while (!seen.contains(">error</val>")) {
      answer = updates(answer.first("version"), 10, 10);
      seen = answer.text();
    }

    assertThat(seen)
        .contains(
            "<val xsi:type=\"LocalizedMethodFault\"><fault xsi:type=\"InvalidPowerState\"><requestedState>poweredOn</requestedState>");
  }

  @Test
  void aDestroyedFilterTellsNothingMore() throws Exception {
    String filter = filter("<pathSet>runtime.powerState</pathSet>", false);
    String version = updates("", 0, 10).first("version");
    soap.call("PropertyFilter", filter, "DestroyPropertyFilter", "");
    lab.end(lab.off.power().on("test"));

    PlainSoap.Answer answer = updates(version, 0, 10);

    assertThat(answer.text()).doesNotContain("<returnval>");
  }
}
