// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import static io.drover.planner.estate.Evidence.Kind.AFFINITY;
import static io.drover.planner.estate.Evidence.Kind.AFTER;
import static io.drover.planner.estate.Evidence.Kind.TOGETHER;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Evidence.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where it is read that two machines have to do with each other, and where it is not. */
class GatheringTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app=erp            | app=erp         |               |               | TOGETHER | application erp",
        "app=erp            | app=crm         |               |               |          |",
        "vApp=shop          | vApp=shop       |               |               | TOGETHER | vApp shop",
        "dependsOn=right    |                 |               |               | AFTER    | attribute dependsOn of left",
        "dependsOn=crm      | app=crm         |               |               | AFTER    | attribute dependsOn of left",
        "dependsOn=nobody   |                 |               |               |          |",
        "                   |                 | Tier/web      | Tier/web      | AFFINITY | tag Tier/web",
        "                   |                 | Tier/web      | Tier/db       |          |",
        "Cluster rule name(s)=keep-db | Cluster rule name(s)=x; keep-db | |   | AFFINITY | DRS rule keep-db",
        "Cluster rule name(s)=anti-db | Cluster rule name(s)=anti-db    | |   |          |"
      })
  void evidenceIsReadOutOfTheInventory(
      @Nullable String left,
      @Nullable String right,
      @Nullable String leftTag,
      @Nullable String rightTag,
      @Nullable Kind kind,
      @Nullable String source) {
    Estate estate =
        new Herd()
            .vm("left", List.of(), tags(leftTag), "/a", attributes(left))
            .vm("right", List.of(), tags(rightTag), "/b", attributes(right))
            .estate();

    List<Evidence> found = told(Gathering.of(estate, estate.vms()));

    if (kind == null) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found)
          .anySatisfy(e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.source()).isEqualTo(source);
            assertThat(e.from()).isEqualTo(Herd.key("left"));
            assertThat(e.to()).isEqualTo(Herd.key("right"));
            assertThat(e.weight()).isPositive();
          });
    }
  }

  private static List<String> tags(@Nullable String tag) {
    return tag == null ? List.of() : List.of(tag);
  }

  private static String[] attributes(@Nullable String attribute) {
    return attribute == null ? new String[0] : new String[] {attribute};
  }

  /** Without what all of a herd have in common. */
  private static List<Evidence> told(Gathering.Found found) {
    return found.evidence().stream().filter(e -> !e.source().equals("resource pool pool")).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "erp-db01,erp-db02,name like erp-db…",
    "erp-db01,erp-web01,",
    "db1,db2,",
    "shop1,shop2,name like shop…"
  })
  void namesAlikeAreEvidenceWhereTheyAreLongEnough(String one, String other, String source) {
    Estate estate =
        new Herd()
            .vm(one, List.of(), List.of(), "/a")
            .vm(other, List.of(), List.of(), "/b")
            .estate();

    List<Evidence> found = told(Gathering.of(estate, estate.vms()));

    assertThat(found.stream().map(Evidence::source).toList())
        .isEqualTo(source == null ? List.of() : List.of(source));
  }

  @Test
  void aFolderIsEvidenceUntilItHoldsTooMuchToSayAnything() {
    var few = new Herd();
    var many = new Herd();
    for (int i = 0; i < 61; i++) {
      if (i < 60) {
        few.vm("v" + i, List.of(), List.of(), "/dc/vm/erp");
      }
      many.vm("v" + i, List.of(), List.of(), "/dc/vm/erp");
    }

    List<Evidence> ofFew = told(Gathering.of(few.estate(), few.estate().vms()));
    List<Evidence> ofMany = told(Gathering.of(many.estate(), many.estate().vms()));

    assertThat(ofFew).isNotEmpty().allMatch(e -> e.source().equals("folder /dc/vm/erp"));
    assertThat(ofMany).isEmpty();
  }

  @Test
  void whatIsNotPlannedIsNoLinkButIsTold() {
    Estate estate =
        new Herd().vm("web", "dependsOn=db").vm("db", "app=erp").vm("other", "app=erp").estate();

    var found = Gathering.of(estate, List.of(estate.vms().getFirst(), estate.vms().getLast()));

    assertThat(found.evidence()).noneMatch(e -> e.kind() == AFTER || e.kind() == TOGETHER);
    assertThat(found.notes())
        .containsExactly(
            "web depends on 'db', of which nothing is planned: bring it over first, or mind that it"
                + " stays");
  }

  @Test
  void evidenceOfPeopleAndFilesStandsBesideIt() {
    Estate estate =
        new Herd().vm("a").vm("b").knows("a", "b", AFFINITY, 0.5, "flow of f.csv, row 2").estate();

    assertThat(Gathering.of(estate, estate.vms()).evidence())
        .contains(
            new Evidence(Herd.key("a"), Herd.key("b"), AFFINITY, 0.5, "flow of f.csv, row 2"));
  }
}
