#include "dagrad/runtime/run/thread_team.h"

#include <gtest/gtest.h>
#include <omp.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "dagrad/runtime/run/cpu_budget.h"

namespace dagrad::runtime {
namespace {

TEST(ThreadTeamTest, RunsEveryShardOnce) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadTeam team(threads);
    for (int shards : {0, 1, 2, 7, 64, 1000}) {
      std::vector<std::atomic<int>> runs(shards);
      team.Run(shards, [&](int shard) { runs[shard].fetch_add(1); });
      for (const auto& r : runs) EXPECT_EQ(r.load(), 1);
    }
  }
}

TEST(ThreadTeamTest, SeesWhatTheCallerWroteAndTheCallerSeesTheResults) {
  ThreadTeam team(3);
  std::vector<int> in(64), out(64);
  for (int round = 0; round < 2000; ++round) {
    for (int& x : in) x = round;
    team.Run(64, [&](int shard) { out[shard] = in[shard] + shard; });
    for (int i = 0; i < 64; ++i) ASSERT_EQ(out[i], round + i);
  }
}

TEST(ThreadTeamTest, WakesSleepingWorkers) {
  ThreadTeam team(2);
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> started{0};
    // Two shards that each wait for the other end only if two threads run them.
    team.Run(2, [&](int) {
      started.fetch_add(1);
      while (started.load() < 2) std::this_thread::yield();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST(ThreadTeamTest, BusyTeamLeavesACallerToItself) {
  ThreadTeam team(2);
  std::atomic<int> inner{0};
  team.Run(4, [&](int) { team.Run(5, [&](int) { inner.fetch_add(1); }); });
  EXPECT_EQ(inner.load(), 20);
}

TEST(ThreadTeamTest, ManyCallersAtOnce) {
  ThreadTeam team(4);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        std::atomic<int> sum{0};
        team.Run(10, [&](int shard) { sum.fetch_add(shard); });
        wrong += sum.load() != 45;
      }
    });
  }
  for (std::thread& t : callers) t.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(ThreadTeamTest, ChangesItsSizeBetweenJobs) {
  ThreadTeam team(1);
  for (int threads : {4, 2, 6, 1, 3}) {
    ASSERT_TRUE(team.SetNumThreads(threads).ok());
    EXPECT_EQ(team.num_threads(), threads);
    std::atomic<int> sum{0};
    team.Run(20, [&](int shard) { sum.fetch_add(shard); });
    EXPECT_EQ(sum.load(), 190);
  }
}

TEST(ThreadTeamTest, RefusesImpossibleSizes) {
  ThreadTeam team(2);
  EXPECT_EQ(team.SetNumThreads(0).message(), "the number of threads must be from 1 to 1024, not 0");
  EXPECT_FALSE(team.SetNumThreads(1025).ok());
  EXPECT_EQ(team.num_threads(), 2);
}

TEST(ThreadTeamTest, EnvironmentCountsOrIsRefused) {
  for (const auto& [text, threads] : {std::pair("1", 1), {" 7 ", 7}, {"1024", 1024}, {"", 0}}) {
    setenv("DAGRAD_NUM_THREADS", text, 1);
    EXPECT_EQ(ThreadTeam::RequestedThreads().value_or(-1), threads) << text;
  }
  for (const char* text :
       {"abc", "0", "-1", "1025", "2x", "1e2", "99999999999999999999", "\x1b[2J"}) {
    setenv("DAGRAD_NUM_THREADS", text, 1);
    const absl::Status status = ThreadTeam::RequestedThreads().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message().find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(ThreadTeam::RequestedThreads().status().message(),
            "DAGRAD_NUM_THREADS is \"\\x1b[2J\"; it must be a number from 1 to 1024");
  unsetenv("DAGRAD_NUM_THREADS");
  EXPECT_EQ(ThreadTeam::RequestedThreads().value_or(-1), 0);
}

TEST(ThreadTeamTest, WorkersHaveOneOpenMpThreadAndTheHostKeepsItsSetting) {
  omp_set_num_threads(3);
  ThreadTeam team(2);
  std::atomic<int> workers{0};
  std::atomic<int> started{0};
  const std::thread::id caller = std::this_thread::get_id();
  team.Run(2, [&](int) {
    if (std::this_thread::get_id() != caller) workers = omp_get_max_threads();
    started.fetch_add(1);
    while (started.load() < 2) std::this_thread::yield();
  });
  EXPECT_EQ(workers.load(), 1);
  EXPECT_EQ(omp_get_max_threads(), 3);
}

class CgroupTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path full = root_ + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }

  std::string root_ = ::testing::TempDir() + "/cgroup_" + std::to_string(getpid()) + "_" +
                      ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(CgroupTest, Version2TakesTheSmallestQuotaOnTheWayUp) {
  Write("/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(CgroupCores("0::/a/b\n", root_), 0);
  Write("/a/cpu.max", "250000 100000\n");
  EXPECT_EQ(CgroupCores("0::/a/b\n", root_), 3);
  Write("/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(CgroupCores("0::/a/b\n", root_), 1);
}

TEST_F(CgroupTest, Version1) {
  Write("/cpu/job/cpu.cfs_quota_us", "-1\n");
  Write("/cpu/job/cpu.cfs_period_us", "100000\n");
  const std::string groups = "4:memory:/other\n3:cpu,cpuacct:/job\n";
  EXPECT_EQ(CgroupCores(groups, root_), 0);
  Write("/cpu/job/cpu.cfs_quota_us", "400000\n");
  EXPECT_EQ(CgroupCores(groups, root_), 4);
}

TEST_F(CgroupTest, NonsenseIsNoLimit) {
  Write("/cpu.max", "much\n");
  EXPECT_EQ(CgroupCores("0::/\nnonsense\n", root_), 0);
  EXPECT_GE(AllowedCores(), 1);
}

TEST_F(CgroupTest, MemoryOfBothVersions) {
  Write("/a/b/memory.max", "max\n");
  EXPECT_EQ(CgroupMemory("0::/a/b\n", root_), 0);
  Write("/a/memory.max", "1073741824\n");
  EXPECT_EQ(CgroupMemory("0::/a/b\n", root_), 1 << 30);
  Write("/a/b/memory.max", "2147483648\n");
  EXPECT_EQ(CgroupMemory("0::/a/b\n", root_), 1 << 30);
  const std::string groups = "4:memory:/job\n3:cpu,cpuacct:/job\n";
  Write("/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(CgroupMemory(groups, root_), 0);
  Write("/memory/job/memory.limit_in_bytes", "4096\n");
  EXPECT_EQ(CgroupMemory(groups, root_), 4096);
  EXPECT_GT(AllowedMemory(), 0);
}

// Also where it is a worker's shard: all others run, and the team works on.
TEST(ThreadTeamTest, ExceptionsComeBackToTheCaller) {
  ThreadTeam team(3);
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> ran{0};
    const auto throwing = [&](int shard) {
      ++ran;
      if (shard == i % 40) throw std::bad_alloc();
    };
    EXPECT_THROW(team.Run(40, throwing), std::bad_alloc);
    EXPECT_EQ(ran, 40);
    ran = 0;
    team.Run(40, [&](int) { ++ran; });
    EXPECT_EQ(ran, 40);
  }
}

}  // namespace
}  // namespace dagrad::runtime
